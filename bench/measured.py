"""One command, measured from outside: seconds, CPU seconds and the memory of all its processes.

What is run, and what is made of it, is in bench.py, growth.py and history_size.py.
"""

import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

BORDER = str(Path(sys.executable).with_name("border"))
#: seconds between two looks at the memory of all processes; a look takes 10 ms for each 800 MB
INTERVAL = 0.2
PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Measured:
    """Bytes of memory: ``peak`` of all processes together, ``largest`` of one of them.

    A page that processes share counts once in ``peak``, and whole in ``largest``.
    """

    seconds: float
    cpu_seconds: float
    peak: int
    largest: int
    exit_code: int
    said: str

    @property
    def stages(self) -> dict[str, float]:
        """Seconds by stage, as `border run` says them; empty where it ran none."""
        for text in self.said.splitlines():
            if text.startswith("seconds: "):
                parts = text.removeprefix("seconds: ").split(", ")
                return {name: float(s) for name, _, s in (part.rpartition(" ") for part in parts)}
        return {}


def taking(publications: Path) -> list[str]:
    """The command that takes a folder of publications."""
    return [BORDER, "run", "--source", str(publications)]


def measure(command: list[str], home: Path) -> Measured:
    """Run one command in a home."""
    before, started = _cpu_seconds(), time.monotonic()
    peak, largest = 0, 0
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.Popen(
            command, env=os.environ | {"BORDER_HOME": str(home)}, stdout=said, stderr=said
        )
        while run.poll() is None:
            resident = _memory_of_tree(run.pid)
            together = sum(_own_share(pid, size) for pid, size in resident.items())
            peak, largest = max(peak, together), max(largest, *resident.values(), 0)
            time.sleep(INTERVAL)
        seconds = time.monotonic() - started
        said.seek(0)
        return Measured(
            seconds, _cpu_seconds() - before, peak, largest, run.returncode, said.read()
        )


def machine() -> str:
    """What the figures were measured on, in one line."""
    memory = os.sysconf("SC_PHYS_PAGES") * PAGE / 2**30
    tools = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dagster", "dbt-core"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB; "
        f"{platform.system()}; Python {platform.python_version()}, {tools}; "
        f"load {os.getloadavg()[0]:.1f} at the start (seconds hold where it is near 0)"
    )


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _memory_of_tree(root: int) -> dict[int, int]:
    """Resident bytes of a process and of all below it, by process."""
    parents, sizes = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # pid (name) state parent ... rss is the 24th field; a name may hold blanks
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        parents[int(entry.name)], sizes[int(entry.name)] = int(fields[1]), int(fields[21]) * PAGE
    tree, young = set(), {root}
    while young:
        tree |= young
        young = {pid for pid, parent in parents.items() if parent in young}
    return {pid: sizes[pid] for pid in tree if pid in sizes}


def _own_share(pid: int, resident: int) -> int:
    """Bytes of a process where a page that n processes share counts as an nth in each of them.

    The resident bytes where the kernel does not tell (the process has ended, or is another's).
    """
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return resident
    share = re.search(r"^Pss: +(\d+) kB$", told, re.MULTILINE)
    return int(share[1]) * 1024 if share else resident


def _cpu_seconds() -> float:
    """CPU seconds of all children that have ended, and of their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
