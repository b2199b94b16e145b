"""An agency puts other figures into a file at its URL, and then the old bytes back."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from orchestration.acquire.archive import Archive, Sidecar
from orchestration.acquire.provenance import Provenance
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from tests.conftest import border
from tests.golden.comparison import mart_hashes
from tests.integration.sample_folder import copy_home

SOUTHWEST = SERIES["cbp_southwest_encounters"]
NAME = "sbo-encounters-fy19-fy21.csv"
#: only this series has it
OCTOBER_2018 = """
select sum(encounter_count)::integer from {table}
where border_region = 'southwest' and reference_month = '2018-10-01'
"""


def ask(home, query):
    with duckdb.connect(str(home / "published" / "border.duckdb"), read_only=True) as connection:
        connection.execute(f"use {connection.execute('select current_database()').fetchone()[0]}")
        return connection.execute(query).fetchall()


def as_of(home, day):
    return ask(home, OCTOBER_2018.format(table=f"marts.encounters_as_of('{day}')"))[0][0]


def put(home, there: Sidecar, content: bytes, day: int):
    """Replace what stands at the URL of a publication, on a day of November 2021; a run follows."""
    known = {field.name: getattr(there, field.name) for field in fields(Provenance)}
    provenance = replace(
        Provenance(**known),
        captured_at=datetime(2021, 11, day, tzinfo=UTC),
        fetched_at=there.fetched_at + timedelta(milliseconds=day),
        # an agency's answer: no archive says when it was captured
        response_headers={"etag": there.response_headers["etag"]},
    )
    Archive(Settings(home=home).archive).store(content, provenance)
    run = border(home, "run")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.timeout(600)
def test_figures_that_an_agency_takes_back_to_count_from_that_day_and_have_a_history(
    sample_home, tmp_path
):
    home = copy_home(sample_home, tmp_path / "home")
    archive = Archive(Settings(home=home).archive)
    (there,) = (it for it in archive.vintages(SOUTHWEST) if it.published_name == NAME)
    old = archive.read(there.vintage_id)
    other = old.replace(b"Inadmissibles,2.0", b"Inadmissibles,102.0", 1)
    before = mart_hashes(home / "published" / "border.duckdb")
    figure = as_of(home, "2021-11-01")

    put(home, there, other, 5)
    assert as_of(home, "2021-12-01") == figure + 100

    put(home, there, old, 8)
    days = ("2021-11-04", "2021-11-05", "2021-11-07", "2021-11-08", "2021-12-01")
    assert [as_of(home, day) - figure for day in days] == [0, 100, 100, 0, 0]
    after = mart_hashes(home / "published" / "border.duckdb")
    assert {mart for mart in before if after[mart] != before[mart]} == {
        "revisions",
        "revision_summary",
    }
    assert ask(
        home,
        """
        select known_on_after::varchar, old_value, new_value from marts.revisions
        where reference_month = '2018-10-01' and not is_overlapping order by all
        """,
    ) == [("2021-11-05", 2.0, 102.0), ("2021-11-08", 102.0, 2.0)]
    assert ask(
        home, f"select is_current from meta.vintages where vintage_id = '{there.vintage_id}'"
    ) == [(True,)]
