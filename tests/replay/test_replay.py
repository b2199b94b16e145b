"""The real publications published step by step, as they came, and what was published held up.

Each step is a `border run` on a folder that holds what was known by a day; the home grows. The
version of a step must be what the last version, made of all files in one run, answers for that day,
and what `border rebuild --as-of` builds for it. Every single day is replayed in test_every_day.py.
"""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.versions import current_version
from tests.conftest import border
from tests.golden.comparison import mart_hashes
from tests.integration.sample_folder import write_rows
from tests.replay.capture_order import vintages_by_day

PUBLISHED, NEWLY_QUARANTINED = 0, 3

#: The last day of each step, and the exit code of its run.
STEPS = {
    date(2020, 11, 14): PUBLISHED,  # FY2019, FY2020 of an estimated day; Border Patrol history
    date(2021, 4, 4): NEWLY_QUARANTINED,  # facilities of 2021-01-13; FY2020 with labels swapped
    date(2021, 6, 10): NEWLY_QUARANTINED,  # FY2020 under a name of FY2021, with other facilities
    date(2022, 1, 22): PUBLISHED,  # December 2021 restated; FY2021 posted again, covering less
    date(2023, 12, 15): PUBLISHED,  # a copy under a new name; first files by state
    date(2024, 2, 2): PUBLISHED,  # releases become book-outs
    date(2024, 10, 18): PUBLISHED,  # OHSS reclassified; five more files by state
    date(2025, 1, 14): PUBLISHED,  # FY2024 closed after FY2025 began; the southwest file
    date(2026, 9, 30): PUBLISHED,  # all of them
}
LAST = max(STEPS)
#: steps that `border rebuild --as-of` builds again
REBUILT = [date(2021, 6, 10), date(2024, 2, 2), date(2025, 1, 14)]


@pytest.fixture(scope="module")
def replayed(publications, real_home, tmp_path_factory) -> dict[date, Path]:
    """The published file of each step, from a home that grew."""
    place = tmp_path_factory.mktemp("replay")
    home = place / "home"
    folder = Path(shutil.copytree(publications, place / "publications"))
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = vintages_by_day(real_home)
    assert max(days) == LAST
    files = {}
    for step, exit_code in STEPS.items():
        known = {vintage_id for day in days if day <= step for vintage_id in days[day]}
        write_rows(folder, [row for row in rows if row["sha256"] in known or not row["series"]])
        run = border(home, "run", "--source", str(folder))
        assert run.returncode == exit_code, f"{step}: {run.stdout}{run.stderr}"
        version = current_version(Settings(home=home))
        files[step] = home / "published" / str(version) / "border.duckdb"
    assert len(set(files.values())) == len(STEPS)
    return files


@pytest.fixture(scope="module")
def ready_to_rebuild(real_home, tmp_path_factory) -> Path:
    """A copy of the home that took all files at once."""
    return Path(shutil.copytree(real_home, tmp_path_factory.mktemp("rebuilt") / "home"))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_the_last_version_answers_for_a_step_what_was_published_at_it(replayed, real_version, step):
    published, answers = mart_hashes(replayed[step]), mart_hashes(real_version, as_of=step)
    assert set(published) - set(answers) == {"claims", "corrections", "reconciliation"}
    assert [mart for mart in answers if answers[mart] != published[mart]] == []


@pytest.mark.parametrize("step", REBUILT, ids=str)
def test_a_rebuild_as_of_a_step_holds_every_mart_that_was_published_at_it(
    replayed, ready_to_rebuild, step
):
    run = border(ready_to_rebuild, "rebuild", "--as-of", str(step))
    assert run.returncode == 0, run.stdout + run.stderr
    rebuilt = mart_hashes(ready_to_rebuild / "rebuilt" / str(step) / "border.duckdb")
    published = mart_hashes(replayed[step])
    assert rebuilt.keys() == published.keys()
    assert [mart for mart in published if rebuilt[mart] != published[mart]] == []


def test_a_home_that_grew_ends_in_the_tables_of_one_that_took_all_at_once(replayed, real_version):
    assert mart_hashes(replayed[LAST]) == mart_hashes(real_version)
