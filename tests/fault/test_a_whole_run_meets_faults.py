"""Whole runs on the sample that meet bad files, and whose own tables are wrong."""

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse.query import run_query
from orchestration.warehouse.versions import current_version, list_versions
from tests.conftest import border
from tests.golden.comparison import mart_hashes
from tests.integration.sample_folder import copy_home, post, rows_of

STATE = "cbp_nationwide_encounters_state"
SOUTHWEST = "cbp_southwest_encounters"
ICE = "ice_detention_statistics"


@pytest.fixture
def home(sample_home, tmp_path):
    """A home in which the sample was run once, to change."""
    return copy_home(sample_home, tmp_path / "home")


def published(home):
    return home / "published" / "border.duckdb"


def last_path(home, series):
    return [row["path"] for row in rows_of(home) if row["series"] == series][-1]


def not_reached(run):
    return "\n".join(line for line in run.stdout.splitlines() if line.startswith("not reached"))


@pytest.mark.fault(
    "bad files among good ones, in a whole run",
    "a version is published from the good ones; exit code 3",
    "each reason, by name",
)
def test_bad_files_are_kept_out_with_their_reasons_and_the_last_good_vintages_serve(
    home, sample_version
):
    good = (home / "sample" / last_path(home, STATE)).read_bytes()
    post(home, ICE, "FY21_detentionStats10152021.xlsx", b"<html><title>Sorry</title></html>" * 99,
         "2021-10-15")  # fmt: skip
    post(home, STATE, "nationwide-encounters-fy20-fy22-oct-state.csv", good[: len(good) // 2 + 7],
         "2021-11-15")  # fmt: skip
    southwest = (home / "sample" / last_path(home, SOUTHWEST)).read_bytes()
    post(home, SOUTHWEST, "sbo-encounters-fy19-fy22-oct.csv",
         southwest.replace(b"Encounter Count", b"Encounters", 1), "2021-11-15")  # fmt: skip

    run = border(home, "run")

    assert run.returncode == 3, run.stdout + run.stderr
    assert "FY21_detentionStats10152021.xlsx" in not_reached(run)
    assert "Sorry" in not_reached(run)
    quarantined = dict(
        run_query(
            Settings(home=home),
            "select published_name, reasons from meta.vintages where status = 'quarantined'",
        ).rows
    )
    assert set(quarantined) == {
        "nationwide-encounters-fy20-fy22-oct-state.csv",
        "sbo-encounters-fy19-fy22-oct.csv",
    }
    assert "Encounters" in " ".join(quarantined["sbo-encounters-fy19-fy22-oct.csv"])
    for name, reasons in quarantined.items():
        assert reasons
        assert f"quarantined {name}" in run.stdout
    assert mart_hashes(published(home)) == mart_hashes(sample_version)
    assert len(list_versions(Settings(home=home))) == 2, "a quarantine is news"

    again = border(home, "run")

    # what was refused is known now; the page still links to a file that is none
    assert again.returncode == 3
    assert "quarantined" not in again.stdout.replace("  quarantined  ", "")
    assert "FY21_detentionStats10152021.xlsx" in not_reached(again)
    assert len(list_versions(Settings(home=home))) == 2


@pytest.mark.fault(
    "our own tables are wrong (a failed test of the models)",
    "nothing is published, exit code 1; the last version serves",
    "the test, and dbt's log",
)
def test_a_failed_test_of_the_models_is_named_and_nothing_is_published(home):
    before = current_version(Settings(home=home)), mart_hashes(published(home))
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "insert into raw.ohss_monthly_tables select * replace (value + 10 as value) "
            "from raw.ohss_monthly_tables where table_name = 'swb_book_outs_by_family_status'"
        )
    (home / "published" / "current.json").unlink()  # as if something new had come

    run = border(home, "run")

    assert run.returncode == 1, run.stdout + run.stderr
    failed = next(line for line in run.stderr.splitlines() if line.startswith("failed models"))
    assert "one_row_at_a_time_history_outcomes_by_family_status" in failed
    log = failed.rsplit(": ", 1)[1]
    assert log == str(home / "dbt" / "dbt.log")
    assert (
        "one_row_at_a_time_history_outcomes_by_family_status"
        in (home / "dbt" / "dbt.log").read_text()
    )
    assert "nothing was published" in run.stderr
    assert (current_version(Settings(home=home)), mart_hashes(published(home))) == before
    asked = border(home, "query", "select count(*) from marts.border_monthly")
    assert asked.returncode == 0
