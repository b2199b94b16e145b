"""Running again: nothing new, a page that fails, nothing at all.

What a new vintage does, also to a run that is killed or loses its warehouse, is in
test_new_vintage.py; bad files and wrong tables are in tests/fault/test_a_whole_run_meets_faults.py.
"""

import shutil
from collections import Counter

import pytest

from orchestration.log import logged_events
from orchestration.mirror.serve import Answer, Mirror
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.versions import current_version, list_versions
from tests.conftest import border
from tests.golden.comparison import mart_hashes
from tests.integration.sample_folder import (
    archived_files,
    copy_home,
    facts_of_last_run,
    instance_of,
    ledger_rows,
    rows_of,
    write_rows,
)

STATE = "cbp_nationwide_encounters_state"
SOUTHWEST = "cbp_southwest_encounters"
ICE = "ice_detention_statistics"


@pytest.fixture
def home(sample_home, tmp_path, monkeypatch):
    """A home in which the sample was run once, to change."""
    for name in ("BORDER_HOME", "DAGSTER_HOME"):  # restored after the test
        monkeypatch.setenv(name, "")
    return copy_home(sample_home, tmp_path / "home")


def published(home):
    return home / "published" / "border.duckdb"


def run_again_and_see_that_nothing_changes(home, *source):
    settings = Settings(home=home)
    archive, version = archived_files(home), current_version(settings)
    marts, ledger = mart_hashes(published(home)), ledger_rows(home)
    told = len(list(logged_events(settings)))

    again = border(home, "run", *source)

    assert again.returncode == 0, again.stdout + again.stderr
    assert f"nothing new: version {version} stands" in again.stdout
    facts = facts_of_last_run(home, "publications")
    assert sum(of_series["found"] for of_series in facts.values()) == len(ledger)
    for series, of_series in facts.items():
        assert (of_series["new"], of_series["bytes"]) == (0, 0), series
        assert of_series["unchanged"] == of_series["found"], f"{series}: something was downloaded"
    events = Counter(event["event"] for event in list(logged_events(settings))[told:])
    assert events["publication not modified"] == len(ledger)
    assert not events.keys() & {"publication fetched", "vintage archived", "version published"}
    assert all(of_series["new"] == 0 for of_series in facts_of_last_run(home, "raw").values())
    assert archived_files(home) == archive
    assert [it.version for it in list_versions(settings)] == [version]
    assert mart_hashes(published(home)) == marts
    assert ledger_rows(home) == ledger


def test_running_twice_changes_nothing(home):
    run_again_and_see_that_nothing_changes(home)


def test_running_twice_on_the_real_publications_changes_nothing(
    real_home, publications, tmp_path, monkeypatch
):
    for name in ("BORDER_HOME", "DAGSTER_HOME"):  # restored after the test
        monkeypatch.setenv(name, "")
    home = copy_home(real_home, tmp_path / "home")
    run_again_and_see_that_nothing_changes(home, "--source", str(publications))


def test_a_range_of_months_is_one_run_that_asks_for_these_months_only(home):
    version = current_version(Settings(home=home))

    run = border(home, "run", "--from", "2020-12", "--to", "2021-01")

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"nothing new: version {version} stands" in run.stdout
    facts = facts_of_last_run(home, "publications")
    assert facts[STATE]["unchanged"] == facts[STATE]["found"] == 2
    (counted,) = [line for line in run.stdout.splitlines() if line.strip().startswith(STATE)]
    assert counted.split()[1] == "2", "each is counted once, not once for each month"
    with instance_of(home) as instance:
        assert len(instance.get_runs()) == 2, "the run that made this home, and this one"


class MirrorWithoutOnePage(Mirror):
    """An agency whose page fails, beside others that answer."""

    broken = "/detention-management"

    def answer(self, path, headers):
        """The mirror's answer, or status 500 for the broken page."""
        if self.broken in path:
            return Answer(500, {}, b"out of order")
        return super().answer(path, headers)


def test_a_series_whose_page_fails_stops_no_other(home):
    version = current_version(Settings(home=home))
    (home / "source.json").write_text('{"mode": "live"}')  # the mirror stands for the agencies
    with MirrorWithoutOnePage(home / "sample", SERIES) as mirror:
        run = border(
            home, "run", "--source", "live", BORDER_MIRROR_URL=mirror.url, BORDER_RETRIES="0"
        )

    assert run.returncode == 3, run.stdout + run.stderr
    (missed,) = [line for line in run.stdout.splitlines() if line.startswith("not reached")]
    assert "detention-management: found status 500" in missed
    facts = facts_of_last_run(home, "publications")
    assert set(facts) == set(SERIES)
    assert (facts[ICE]["found"], len(facts[ICE]["errors"])) == (0, 1)
    assert facts[SOUTHWEST]["unchanged"] == facts[SOUTHWEST]["found"] > 0
    assert f"nothing new: version {version} stands" in run.stdout


def test_nothing_fetched_and_nothing_held_publishes_nothing(tmp_path, sample_home):
    home, folder = tmp_path / "home", tmp_path / "empty"
    folder.mkdir()
    write_rows(folder, [], list(rows_of(sample_home)[0]))

    run = border(home, "run", "--source", str(folder))

    assert run.returncode == 1
    assert "found no accepted table of any vintage" in run.stderr
    assert "nothing was published" in run.stderr
    assert not published(home).exists()
    asked = border(home, "status")
    assert asked.returncode == 1
    assert "border run" in asked.stderr


def test_the_sample_and_real_figures_never_share_a_home(sample_home, tmp_path):
    home, folder = tmp_path / "home", tmp_path / "folder"
    folder.mkdir()
    write_rows(folder, [], list(rows_of(sample_home)[0]))
    home.mkdir()
    shutil.copy(sample_home / "source.json", home)

    run = border(home, "run", "--source", str(folder))

    assert run.returncode == 1
    assert "the sample and real figures are never mixed" in run.stderr
    assert not (home / "archive").exists()


def test_a_folder_without_a_manifest_is_refused_and_not_remembered(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "folder"
    folder.mkdir()

    run = border(home, "run", "--source", str(folder))

    assert run.returncode == 1
    assert "manifest.csv" in run.stderr
    assert str(folder) in run.stderr
    assert not (home / "source.json").exists()
