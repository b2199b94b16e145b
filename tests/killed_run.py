"""`border run` in processes of its own, killed by SIGKILL where it comes to a place in the code."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from orchestration.warehouse import ledger

#: The places: bytes archived without their sidecar; raw rows written and not committed; a version
#: half made. At any other place it is not killed.
KILLED = """
import os, signal, sys
place = sys.argv.pop(1)
def kill(*_, **__): os.killpg(0, signal.SIGKILL)
if place == "acquire":
    from orchestration.acquire.archive import Archive
    write = Archive._write
    Archive._write = lambda self, path, content: (
        kill() if path.suffix == ".json" else write(self, path, content))
elif place == "load":
    from orchestration import loading
    from tests.killed_run import kill_all_in_the_transaction
    loading._end_with_parent = kill_all_in_the_transaction
elif place == "publish":
    from orchestration.warehouse import publish
    publish._write_beside = kill
from orchestration.cli import app
app()
"""


def kill_all_in_the_transaction() -> None:
    """Begin a loader that kills its run and itself where raw rows are written and not committed."""
    ledger.record_checks = lambda *_: os.killpg(0, signal.SIGKILL)


def _start(home: Path, place: str, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, place, "run", *arguments],
        env=os.environ | {"BORDER_HOME": str(home)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def run_until_killed(home: Path, place: str, *arguments: str) -> None:
    """Run ``border run`` with these arguments; AssertionError if it was not killed there."""
    process = _start(home, place, arguments)
    assert process.wait(timeout=280) == -signal.SIGKILL, f"was not killed in {place}"
    _wait_until_gone(process.pid)


def run_until_a_mart_is_built(home: Path, *arguments: str) -> None:
    """Kill dbt and what runs it after its first mart, when most are still to be built."""
    log = home / "dbt" / "dbt.log"
    begin = log.stat().st_size if log.is_file() else 0
    process = _start(home, "build", arguments)
    while process.poll() is None:
        said = log.read_text()[begin:] if log.is_file() else ""
        if "OK created sql table model build.marts." in said:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.02)
    assert process.wait(timeout=60) == -signal.SIGKILL, "it ended before a mart was built"
    _wait_until_gone(process.pid)


def _wait_until_gone(group: int) -> None:
    """A killed process holds its locks for some moments more: the loader's, or dbt's."""
    while any(_is_alive_in(group, stat) for stat in Path("/proc").glob("[0-9]*/stat")):
        time.sleep(0.01)


def _is_alive_in(group: int, stat: Path) -> bool:
    try:
        state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return False  # gone meanwhile
    return int(its_group) == group and state != "Z"
