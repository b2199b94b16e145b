"""SIGKILL in the middle of a write and of a first run on real files; two at work at once.

A run on the sample that is killed in other stages is in tests/integration/test_new_vintage.py.
"""

import csv
import os
import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

from orchestration.acquire.archive import Archive
from orchestration.acquire.verify import verify_archive
from orchestration.settings import PROJECT_ROOT, Settings
from tests.conftest import BORDER, border
from tests.fault.agencies import GOOD_FIGURES, STATE, state_file, state_url
from tests.golden.comparison import mart_hashes
from tests.integration.sample_folder import copy_home, ledger_rows, write_rows
from tests.killed_run import run_until_killed

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


#: One file by state, one of the southwest, OHSS's oldest tables, ICE's workbooks of early 2021.
FEW_REAL_FILES = (
    "nationwide-encounters-fy20-fy23-state.csv",
    "sbo-encounters-fy19-fy22.csv",
    "24-0809_ohss_immigration-enforcement-and-legal-processes-tables-april-2024.xlsx",
    "2021-01-13__FY21-detentionstats.xlsx",
    "2021-02-11__FY21-detentionstats.xlsx",
    "2021-03-05__FY21_detention-stats.xlsx",
    "2021-03-10__FY21_detention-stats_0301.xlsx",
    "2021-03-18__FY21_detention-stats_0317.xlsx",
    "2021-04-04__FY21_detention-stats_0331.xlsx",
)


@pytest.fixture
def few_real_files(publications, tmp_path):
    """A folder of a few of the real publications, with its manifest."""
    with (publications / "manifest.csv").open(newline="", encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["path"].endswith(FEW_REAL_FILES)]
    assert len(rows) == len(FEW_REAL_FILES)
    folder = tmp_path / "publications"
    for row in rows:
        (folder / row["path"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(publications / row["path"], folder / row["path"])
    write_rows(folder, rows)
    return folder


@pytest.mark.timeout(900)
@pytest.mark.fault(
    "SIGKILL of a first run on real publications while it loads, and again while it publishes",
    "nothing is published until a run ends; that one ends in the tables of an undisturbed run, and "
    "the run after it changes nothing",
)
def test_a_first_run_on_real_files_that_is_killed_ends_in_the_tables_of_an_undisturbed_run(
    few_real_files, tmp_path
):
    home, source = tmp_path / "killed", ("--source", str(few_real_files))
    settings, published = Settings(home=home), home / "published" / "border.duckdb"

    run_until_killed(home, "load", *source)
    assert len(list(settings.archive.glob("??/*.json"))) == len(FEW_REAL_FILES)
    assert not published.exists()

    run_until_killed(home, "publish", *source)
    assert len(ledger_rows(home)) == len(FEW_REAL_FILES)
    assert list(settings.published.glob(".tmp-*/border.duckdb"))
    assert not published.exists()

    last = border(home, "run", *source)
    assert last.returncode == 3, "the 1,882 facilities of 2021-01-13 are refused"
    assert not list(settings.published.glob(".tmp-*"))
    undisturbed = border(tmp_path / "undisturbed", "run", *source)
    assert undisturbed.returncode == 3, undisturbed.stdout + undisturbed.stderr
    hashes = mart_hashes(tmp_path / "undisturbed" / "published" / "border.duckdb")
    assert mart_hashes(published) == hashes

    again = border(home, "run", *source)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing new: version " in again.stdout
    assert mart_hashes(published) == hashes
