"""`border ui` on a fresh home, in front of a mirror that stands in for the agencies.

All that is started is stopped, whatever the tests come to.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.mirror.serve import Answer, Mirror
from orchestration.series.catalog import SERIES
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.versions import Version, list_versions
from tests.conftest import BORDER
from tests.fault.agencies import Agencies
from tests.integration.test_dagster import free_port

#: for anything that is waited for; two minutes would do on a machine with nothing else to do
PATIENCE_SECONDS = 300


class WatchedMirror(Mirror):
    """A mirror that remembers what it answered: path and status, in turn."""

    answered: list[tuple[str, int]]

    def answer(self, path: str, headers: Message) -> Answer:
        """The mirror's answer."""
        answer = super().answer(path, headers)
        self.answered.append((path, answer.status))
        return answer


@dataclass
class Unattended:
    """A home whose schedules run by themselves, and the agencies that they ask."""

    agencies: Agencies
    mirror: WatchedMirror
    settings: Settings
    port: int
    log: Path
    started: subprocess.Popen[bytes] = field(repr=False)

    def runs(self, *statuses: dg.DagsterRunStatus, **tags: str) -> list[dg.RunRecord]:
        """Runs of the home, oldest first."""
        with dg.DagsterInstance.from_config(str(self.settings.dagster_home)) as instance:
            chosen = dg.RunsFilter(statuses=list(statuses) or None, tags=tags or None)
            return list(instance.get_run_records(chosen, ascending=True))

    def versions(self) -> list[Version]:
        """Published versions, newest first."""
        return list_versions(self.settings)

    def wait_for(self, what: str, found: Callable[[], Any]) -> Any:
        """What ``found`` gives, once it is anything; else a failure with the end of the log."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not (it := found()):
            said = self.log.read_text(errors="replace")[-4000:]
            assert self.started.poll() is None, f"`border ui` has ended:\n{said}"
            assert time.monotonic() < give_up, f"no {what} in {PATIENCE_SECONDS} s:\n{said}"
            time.sleep(0.5)
        return it

    def processes(self) -> list[int]:
        """Process ids of all that `border ui` started, itself among them."""
        return [
            int(folder.name)
            for folder in Path("/proc").iterdir()
            if folder.name.isdigit() and _session(folder) == self.started.pid
        ]


def _session(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[3])
    except OSError:  # it has ended meanwhile
        return 0


@pytest.fixture(scope="module")
def unattended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unattended]:
    """`border ui` with ICE's schedule at every minute; nobody starts a run."""
    place = tmp_path_factory.mktemp("unattended")
    agencies = Agencies(place)
    mirror = WatchedMirror(place / "publications", SERIES)
    mirror.answered = []
    port, log = free_port(), place / "ui.log"
    with mirror, log.open("w") as said:
        started = subprocess.Popen(
            [BORDER, "ui", "--port", str(port)],
            cwd=PROJECT_ROOT,
            env=os.environ
            | {
                "BORDER_HOME": str(agencies.settings.home),
                "BORDER_MIRROR_URL": mirror.url,
                "BORDER_ICE_CRON": "* * * * *",
            },
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        it = Unattended(agencies, mirror, agencies.settings, port, log, started)
        try:
            yield it
        finally:
            _stop(it)


def _stop(it: Unattended) -> None:
    """Ask all of it to end, and end what has not after 20 seconds."""
    os.killpg(it.started.pid, signal.SIGTERM)
    give_up = time.monotonic() + 20
    while it.processes() and time.monotonic() < give_up:
        it.started.poll()
        time.sleep(0.2)
    for process in it.processes():
        os.kill(process, signal.SIGKILL)
    it.started.wait(timeout=20)
