"""SIGKILL in the middle of a write, and two at work at once. Later stages are proven elsewhere."""

import os
import signal
import subprocess
import sys

import duckdb
import pytest

from orchestration.acquire.archive import Archive
from orchestration.acquire.verify import verify_archive
from orchestration.settings import PROJECT_ROOT
from tests.conftest import BORDER
from tests.fault.agencies import GOOD_FIGURES, STATE, state_file, state_url
from tests.integration.sample_folder import copy_home

#: Acquires and loads CBP's file by state, and is killed where it comes to a place in the code.
TAKES = """
import os, signal, sys
from pathlib import Path
from orchestration.acquire.archive import Archive
from orchestration.settings import Settings
from orchestration.warehouse import ledger
from tests.fault.agencies import STATE, acquire_from, load_into
place, home, mirror_url = sys.argv[1:]
def kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if place == "draft":
    Path.replace = kill
elif place == "sidecar":
    write = Archive._write
    Archive._write = lambda self, path, content: (
        kill() if path.suffix == ".json" else write(self, path, content))
elif place == "rows":
    ledger.record_checks = kill
settings = Settings(home=Path(home), mirror_url=mirror_url, source_mode="folder", retries=1)
result = acquire_from(settings, STATE)
assert result.errors == [], result.errors
if place != "archive only":
    load_into(settings, STATE)
"""


def start(agencies, place):
    return subprocess.Popen(
        [sys.executable, "-c", TAKES, place, str(agencies.settings.home), agencies.mirror.url],
        cwd=PROJECT_ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(
            "draft", id="draft",
            marks=pytest.mark.fault(
                "SIGKILL while a download is written",
                "half a file in incoming/, which is never read and goes away when it is old; the "
                "next run downloads it again",
            ),
        ),
        pytest.param(
            "sidecar", id="sidecar",
            marks=pytest.mark.fault(
                "SIGKILL between a file and its sidecar",
                "bytes without a sidecar are no vintage; the next run completes it",
                "`border verify` names it meanwhile",
            ),
        ),
        pytest.param(
            "rows", id="rows",
            marks=pytest.mark.fault(
                "SIGKILL while rows are loaded",
                "nothing of the transaction stays; the next run loads the archived vintage",
            ),
        ),
    ],
)  # fmt: skip
def test_what_a_killed_run_left_is_not_read_and_the_next_run_ends_the_same(agencies, place):
    before = agencies.held()
    newer = agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    killed = start(agencies, place)
    said = killed.communicate(timeout=60)[1]
    assert killed.returncode == -signal.SIGKILL, said
    assert agencies.figures() == GOOD_FIGURES
    assert agencies.held() == before | ({newer} if place == "rows" else set())
    damages = verify_archive(agencies.settings).damages
    assert len(damages) == (1 if place == "sidecar" else 0)

    taken = agencies.take(STATE)
    assert taken.errors == []
    assert [it.status for it in taken.loaded] == ["accepted"]
    assert agencies.figures() == GOOD_FIGURES | {"2024-02": 120.0}
    assert agencies.held() == before | {newer}
    assert verify_archive(agencies.settings).damages == []


@pytest.mark.fault(
    "two processes archive the same publications at once",
    "each file is written whole, once; sidecars and sightings of both can be read",
)
def test_two_that_archive_at_once_leave_one_whole_archive(agencies):
    posted = {
        agencies.post(
            STATE,
            state_url("FEB").replace(".csv", f"_{number}.csv"),
            state_file("FEB", {"FEB": str(number)}),
            "2024-03-20",
        )
        for number in range(20)
    }
    before = agencies.held()
    both = [start(agencies, "archive only") for _ in range(2)]
    for one in both:
        assert one.communicate(timeout=60)[1] == ""
        assert one.returncode == 0
    assert agencies.held() == before | posted
    assert verify_archive(agencies.settings).damages == []
    assert Archive(agencies.settings.archive).sightings(STATE) == []


@pytest.mark.fault(
    "two runs started at once",
    "one runs, the other begins nothing and ends with code 1",
    "which process is at work, and to wait or end it",
)
def test_of_two_runs_started_at_once_one_runs_and_the_other_says_who_does(sample_home, tmp_path):
    home = copy_home(sample_home, tmp_path / "home")
    both = [
        subprocess.Popen(
            [str(BORDER), "run"],
            env=os.environ | {"BORDER_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = {one.pid: one.communicate(timeout=250) for one in both}
    codes = {one.pid: one.returncode for one in both}
    assert sorted(codes.values()) == [0, 1], said
    (ran,) = [pid for pid, code in codes.items() if code == 0]
    (refused,) = [pid for pid, code in codes.items() if code == 1]
    assert f"process {ran} at work" in said[refused][1]
    assert "nothing new" in said[ran][0]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        runs = connection.execute("select count(distinct run_id) from ledger.runs").fetchone()
    assert runs == (2,), "the run that made this home, and one of these"
