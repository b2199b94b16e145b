"""A new vintage: what it changes, and that a run killed at any stage changes no more.

A first run on real publications, killed, is in tests/fault/test_a_run_is_killed.py.
"""

import shutil

import dagster as dg
import more_vintages
import pytest

from orchestration.mirror import sample_ice
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.versions import current_version, list_versions
from tests.conftest import border
from tests.golden.comparison import mart_hashes
from tests.integration.sample_folder import (
    copy_home,
    facts_of_last_run,
    instance_of,
    ledger_rows,
    post,
)
from tests.killed_run import run_until_a_mart_is_built, run_until_killed

NEW = "FY21_detentionStats10082021.xlsx"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """A home that a test points this process at is forgotten after it."""
    for name in ("BORDER_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")


def home_with_a_new_workbook(sample_home, to):
    """A home in which the sample was run, and ICE then restates book-ins in a further workbook."""
    home, last = copy_home(sample_home, to), sample_ice.WORKBOOKS[-1]
    restated = more_vintages.LaterWorkbook(
        NEW, "2021-10-08", last.fiscal_year, last.covered_to, last.releases_by_month, number=1
    )
    content = sample_ice.detention_workbook(restated).content
    post(home, "ice_detention_statistics", NEW, content, restated.captured_at)
    return home


@pytest.fixture(scope="module")
def undisturbed_home(sample_home, tmp_path_factory):
    """A home in which the new workbook was taken in by one run that nothing disturbed."""
    home = home_with_a_new_workbook(sample_home, tmp_path_factory.mktemp("undisturbed") / "home")
    run = border(home, "run")
    assert run.returncode == 0, run.stdout + run.stderr
    return home


def published(home):
    return home / "published" / "border.duckdb"


def test_one_new_vintage_makes_a_new_version_and_touches_no_other(undisturbed_home, sample_home):
    home, before, after = undisturbed_home, ledger_rows(sample_home), ledger_rows(undisturbed_home)
    assert current_version(Settings(home=home)) != current_version(Settings(home=sample_home))
    (new,) = after.keys() - before.keys()
    assert NEW in after.pop(new)
    assert after == before
    assert {series: facts["new"] for series, facts in facts_of_last_run(home, "raw").items()} == {
        series: int(series == "ice_detention_statistics") for series in SERIES
    }
    was, now = mart_hashes(published(sample_home)), mart_hashes(published(home))
    changed = {mart for mart in now if now[mart] != was[mart]}
    assert {"book_ins", "detention_monthly", "revisions"} <= changed
    assert not changed & {"encounters", "border_monthly", "removals"}


def test_a_lost_warehouse_is_rebuilt_from_the_archive_without_a_source(undisturbed_home, tmp_path):
    """All vintages at once make the tables that they made one after the other."""
    home = copy_home(undisturbed_home, tmp_path / "home")
    shutil.rmtree(home / "sample")
    (home / "warehouse.duckdb").unlink()
    (home / "published" / "current.json").unlink()

    run = border(home, "rebuild")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "acquire" not in run.stderr
    assert not (home / "sample").exists(), "a rebuild asks no source"
    assert len(list_versions(Settings(home=home))) == 3
    assert mart_hashes(published(home)) == mart_hashes(published(undisturbed_home))


@pytest.mark.timeout(600)
def test_a_run_killed_at_each_stage_ends_in_the_tables_of_an_undisturbed_run(
    sample_home, undisturbed_home, tmp_path
):
    home = home_with_a_new_workbook(sample_home, tmp_path / "home")
    settings, undisturbed = Settings(home=home), mart_hashes(published(undisturbed_home))
    version, hashes = current_version(settings), mart_hashes(published(home))
    ledger = ledger_rows(home)
    assert hashes != undisturbed

    def is_as_before():
        now = mart_hashes(published(home))
        return (current_version(settings), now) == (version, hashes)

    run_until_killed(home, "acquire")
    left = [path for path in settings.archive.glob("??/*") if not path.suffix]
    assert [path for path in left if not path.with_suffix(".json").exists()], "no sidecar yet"
    assert is_as_before()

    run_until_killed(home, "load")
    assert ledger_rows(home) == ledger, "nothing of a killed transaction stays"
    assert is_as_before()

    run_until_a_mart_is_built(home)
    assert len(ledger_rows(home)) == len(ledger) + 1
    assert is_as_before()

    last = border(home, "run")
    assert last.returncode == 0, last.stdout + last.stderr
    assert current_version(settings) != version
    assert mart_hashes(published(home)) == undisturbed
    with instance_of(home) as instance:
        statuses = [run.status for run in instance.get_runs()]
    assert statuses == [
        dg.DagsterRunStatus.SUCCESS,
        *[dg.DagsterRunStatus.FAILURE] * 3,
        dg.DagsterRunStatus.SUCCESS,
    ]
