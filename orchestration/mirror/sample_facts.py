"""The real figures that the sample is written from: the CSVs in ``facts/``, and what they say.

``facts/`` holds figures published by US agencies, compiled with their sources; no agency file.
Published totals that are also reconciled with ours stand among the seeds of dbt.
Here they are read and, for the first quarter of FY2021, put together as each vintage had them.
How finer splits are modelled is in ``sample_model``.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from orchestration.mirror.sample_model import apportion
from orchestration.read import fiscal_calendar
from orchestration.settings import PROJECT_ROOT

FACTS = Path(__file__).parent / "facts"
_SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "published_control_totals.csv"
#: name -> the file of facts of that name
FILES = {path.stem: path for path in (*sorted(FACTS.glob("*.csv")), _SEED)}
USBP, OFO = "U.S. Border Patrol", "Office of Field Operations"
TITLE_8, TITLE_42 = "Title 8", "Title 42"
SOUTHWEST = "Southwest Land Border"

Month = str  # 'YYYY-MM', the reference month
#: encounters of one month by (component, title of authority)
ComponentTotals = Mapping[tuple[str, str], int]


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a file of facts as texts."""
    with FILES[name].open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def fiscal_year(month: Month) -> int:
    """The fiscal year of a month: October to September, named for the year it ends in."""
    year, number = map(int, month.split("-"))
    return fiscal_calendar.fiscal_year(year, number)


@cache
def southwest_totals() -> dict[Month, ComponentTotals]:
    """USBP and OFO encounters at the southwest border by title, as they stand since FY2022."""
    totals: dict[Month, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in rows("southwest_encounters_by_component"):
        key = row["component"], row["title_of_authority"]
        totals[row["reference_month"]][key] = int(row["encounters"])
    return dict(totals)


@cache
def southwest_demographics() -> dict[tuple[Month, str], dict[str, int]]:
    """Southwest encounters by demographic, for each (month, title)."""
    totals: dict[tuple[Month, str], dict[str, int]] = defaultdict(dict)
    for row in rows("southwest_encounters_by_demographic"):
        key = row["reference_month"], row["title_of_authority"]
        totals[key][row["demographic"]] = int(row["encounters"])
    return dict(totals)


@cache
def region_totals() -> dict[tuple[Month, str, str], int]:
    """Nationwide encounters by (month, land border region, title), FY2020 and FY2021."""
    return {
        (row["reference_month"], row["land_border_region"], row["title_of_authority"]): int(
            row["encounters"]
        )
        for row in rows("encounters_by_region")
    }


@cache
def citizenships_fy2021() -> dict[str, dict[str, int]]:
    """Nationwide encounters of FY2021 by title and citizenship."""
    totals: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows("encounters_by_citizenship_fy2021"):
        totals[row["title_of_authority"]][row["citizenship"]] = int(row["encounters"])
    return dict(totals)


@cache
def sector_shares() -> dict[tuple[Month, str], dict[str, int]]:
    """OHSS's southwest encounters (rounded to 10) by area, for each (month, 'USBP' or 'OFO')."""
    shares: dict[tuple[Month, str], dict[str, int]] = defaultdict(dict)
    for row in rows("southwest_encounters_by_sector"):
        key = row["reference_month"], row["component"]
        area = row["area_of_responsibility"].split(",")[0]
        shares[key][area] = int(row["encounters_rounded_to_10"])
    return dict(shares)


def fiscal_year_total(series: str, year: int, measure: str) -> int | None:
    """A published total of a fiscal year, or None where none is carried."""
    for row in rows("fiscal_year_totals"):
        if (row["series"], row["fiscal_year"], row["measure"]) == (series, str(year), measure):
            return int(row["value"])
    return None


def southwest_totals_published_on(day: str) -> dict[Month, ComponentTotals]:
    """Southwest totals as they stood on ``day``: the final ones, but for the months restated since.

    Restated and carried: October to December 2020 as published on 2020-12-17 and 2021-01-07.
    Their USBP totals, the total of both components and USBP's Title 42 in October and in the
    quarter are real; so are OFO's inadmissibles of October and November (custody page of
    2020-12-18). The split of the rest by title is modelled on the final figures.
    """
    totals = dict(southwest_totals())
    january = _totals_of_january_2021()
    if day < "2021-01-07":
        for month in ("2020-10", "2020-11"):
            usbp = _southwest_control_total("USBP encounters", month, "2020-12-17")
            as_in_january = [january[month][USBP, title] for title in (TITLE_42, TITLE_8)]
            title_42, title_8 = apportion(usbp, as_in_january)
            totals[month] = {
                **january[month],
                (USBP, TITLE_42): int(title_42),
                (USBP, TITLE_8): int(title_8),
            }
    elif day < "2021-04-01":  # no vintage between January and April 2021 is carried
        totals |= january
    return totals


def _totals_of_january_2021() -> dict[Month, ComponentTotals]:
    months = ("2020-10", "2020-11", "2020-12")
    final = southwest_totals()
    usbp = {month: _southwest_control_total("USBP encounters", month) for month in months}
    both = {month: _southwest_control_total("All CBP encounters", month) for month in months}
    october = _southwest_control_total("USBP Title 42", "2020-10")
    quarter = _southwest_control_total("USBP Title 42", "Q1")
    rest = apportion(quarter - october, [final[month][USBP, TITLE_42] for month in months[1:]])
    usbp_title_42 = dict(zip(months, [october, *map(int, rest)], strict=True))
    totals: dict[Month, ComponentTotals] = {}
    for month in months:
        ofo = both[month] - usbp[month]
        ofo_title_8 = _inadmissibles_of_december_2020().get(month)
        if ofo_title_8 is None:
            by_title = [final[month][OFO, title] for title in (TITLE_8, TITLE_42)]
            ofo_title_8 = int(apportion(ofo, by_title)[0])
        totals[month] = {
            (USBP, TITLE_42): usbp_title_42[month],
            (USBP, TITLE_8): usbp[month] - usbp_title_42[month],
            (OFO, TITLE_42): ofo - ofo_title_8,
            (OFO, TITLE_8): ofo_title_8,
        }
    return totals


def _southwest_control_total(measure: str, month: str, published: str = "2021-01-07") -> int:
    names = {"2020-10": "OCT", "2020-11": "NOV", "2020-12": "DEC"}
    wanted = (measure, "SW", f"FY2021 {names.get(month, month)}", published)
    for row in rows("published_control_totals"):
        if (row["measure"], row["scope"], row["period"], row["published"]) == wanted:
            return int(row["value"])
    raise LookupError(f"published_control_totals.csv has no {wanted}; the sample needs it.")


def _inadmissibles_of_december_2020() -> dict[Month, int]:
    months = {"Oct-20": "2020-10", "Nov-20": "2020-11"}
    return {
        months[row["month_header"]]: int(row["value_text"].replace(",", ""))
        for row in rows("custody_title8_inadmissibles_vintages")
        if row["vintage_through"] == "Nov-20" and row["field_office"] == "Total"
    }
