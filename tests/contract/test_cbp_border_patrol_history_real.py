"""The real transcription of the Border Patrol's months by sector."""

from datetime import date

import pytest

from orchestration.read.reading import Coverage
from orchestration.series.cbp_border_patrol_history import SERIES
from tests.contract.cbp_publications import facts, reading_of, sums

NAME = "usbp_monthly_encounters_fy2000-fy2020.csv"


@pytest.fixture(scope="module")
def reading(publications):
    return reading_of(SERIES.read, publications / "cbp" / "border_patrol_history" / NAME)


@pytest.fixture(scope="module")
def table(reading):
    return reading.tables[SERIES.name]


def test_it_covers_october_1999_to_september_2020(reading, table):
    assert reading.coverage[SERIES.name] == Coverage(date(1999, 10, 1), date(2020, 9, 30), "stated")
    assert reading.fiscal_years == tuple(range(2000, 2021))
    assert reading.warnings == reading.problems == []
    assert len(table) == 252 * 25
    assert table["value"].notna().all()


def test_every_month_foots(reading):
    footings = SERIES.footings(reading.tables)
    assert len(footings) == 252 * 4
    assert (footings["parts"] == footings["published_total"]).all()


def test_region_totals_are_the_facts(publications, table):
    published = {
        (row["reference_month"], row["border_region"]): int(row["encounters"])
        for row in facts(publications, "border_patrol_monthly_by_region_fy2000_fy2020")
    }
    totals = table.query("level == 'region_total'")
    assert sums(totals, "reference_month", "border_region") == published


def test_the_southwest_total_of_fy2020_holds_expulsions_as_well(table):
    southwest = table.query("level == 'region_total' and border_region == 'southwest'")
    assert sums(southwest, "fiscal_year")[2020] == 400_651 == 203_608 + 197_043


def test_sectors_carry_the_codes_of_the_other_series(table):
    sectors = table.query("level == 'sector'")
    assert sectors["sector"].nunique() == 21
    assert {"Rio Grande Valley", "El Paso", "San Diego", "Livermore"} <= set(sectors["sector"])
    livermore = sums(sectors.query("sector == 'Livermore'"), "fiscal_year")
    assert livermore[2000] == 6_205
    assert livermore[2020] == 0
