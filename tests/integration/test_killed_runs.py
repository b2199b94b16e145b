"""A run killed by SIGKILL at each stage; the next one ends in the tables of an undisturbed run."""

import os
import signal
import subprocess
import sys
import time

import dagster as dg
import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse.marts import mart_hashes
from orchestration.warehouse.versions import current_version
from tests.conftest import border
from tests.integration.sample_folder import instance_of, write_rows, write_sample_without

#: `border run` in a process (and group) of its own, killed where it comes to a place in the code:
#: bytes archived without their sidecar; raw rows written and not committed; a version half made.
KILLED = """
import os, signal, sys
place = sys.argv[1]
def kill(*_, **__): os.killpg(0, signal.SIGKILL)
if place == "acquire":
    from orchestration.acquire.archive import Archive
    write = Archive._write
    Archive._write = lambda self, path, content: (
        kill() if path.suffix == ".json" else write(self, path, content))
elif place == "load":
    from orchestration.warehouse import ledger
    ledger.record_checks = kill
elif place == "publish":
    from orchestration.warehouse import publish
    publish._write_beside = kill
sys.argv = ["border", "run"]
from orchestration.cli import app
app()
"""

NEW = {
    "FY21_detentionStats10012021.xlsx",
    "nationwide-encounters-fy20-fy21-state.csv",
    "usbp_monthly_encounters_fy2000-fy2020.csv",
}


def start(home, place):
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, place],
        env=os.environ | {"BORDER_HOME": str(home)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def run_until_killed(home, place):
    process = start(home, place)
    assert process.wait(timeout=280) == -signal.SIGKILL, f"was not killed in {place}"


def run_until_a_mart_is_built(home):
    """Kill dbt and what runs it after its first mart, when most are still to be built."""
    log = home / "dbt" / "dbt.log"
    begin = log.stat().st_size if log.is_file() else 0
    process = start(home, "build")
    while process.poll() is None:
        said = log.read_text()[begin:] if log.is_file() else ""
        if "OK created sql table model marts." in said:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.02)
    assert process.wait(timeout=60) == -signal.SIGKILL, "it ended before a mart was built"


def raw_rows(home):
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("select count(*) from raw.cbp_border_patrol_history").fetchone()[
            0
        ]


@pytest.mark.timeout(600)
def test_a_run_killed_at_each_stage_ends_in_the_tables_of_an_undisturbed_run(
    tmp_path, sample_version, monkeypatch
):
    for name in ("BORDER_HOME", "DAGSTER_HOME"):  # restored after the test
        monkeypatch.setenv(name, "")
    home = tmp_path / "home"
    settings = Settings(home=home)
    everything = write_sample_without(home, lambda row: row["published_name"] in NEW)
    first = border(home, "run")
    assert first.returncode == 0, first.stdout + first.stderr
    version, hashes = current_version(settings), mart_hashes(settings.published / "border.duckdb")
    assert hashes != mart_hashes(sample_version)

    def is_as_before():
        now = mart_hashes(settings.published / "border.duckdb")
        return (current_version(settings), now) == (version, hashes)

    write_rows(home / "sample", everything)
    run_until_killed(home, "acquire")
    left = [path for path in settings.archive.glob("??/*") if not path.suffix]
    assert [path for path in left if not path.with_suffix(".json").exists()], "no sidecar yet"
    assert is_as_before()

    run_until_killed(home, "load")
    assert raw_rows(home) == 0, "nothing of a killed transaction stays"
    assert is_as_before()

    run_until_a_mart_is_built(home)
    assert raw_rows(home) > 0
    assert is_as_before()

    run_until_killed(home, "publish")
    assert list(settings.published.glob(".tmp-*/border.duckdb"))
    assert is_as_before()

    last = border(home, "run")
    assert last.returncode == 0, last.stdout + last.stderr
    assert current_version(settings) != version
    assert mart_hashes(settings.published / "border.duckdb") == mart_hashes(sample_version)
    assert not list(settings.published.glob(".tmp-*"))
    with instance_of(home) as instance:
        statuses = [run.status for run in instance.get_runs()]
    assert statuses == [dg.DagsterRunStatus.SUCCESS, *[dg.DagsterRunStatus.FAILURE] * 4,
                        dg.DagsterRunStatus.SUCCESS]  # fmt: skip
