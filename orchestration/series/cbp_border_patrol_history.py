"""U.S. Border Patrol monthly encounters, FY2000 to FY2020: frozen, by sector, with totals.

CBP published one PDF, which is not read: a person puts its transcription (separated by pipes)
into the inbox. Figures are Title 8 apprehensions; from March 2020 Title 42 expulsions are mixed
in, which the file does not split. Whether months can be compared is for the marts to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read import labels
from orchestration.read.delimited import SOURCE_PLACE, read_delimited
from orchestration.read.fiscal_calendar import fiscal_year, last_day
from orchestration.read.published_number import read_numbers
from orchestration.read.reading import Coverage, Document, Finding, Reading, Table, raw_columns
from orchestration.series import cbp
from orchestration.series.series import FOOTING_COLUMNS, Series

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

NAME = "cbp_border_patrol_history"
SECTORS = {
    "coastal": ("livermore", "miami", "new_orleans", "ramey"),
    "northern": (
        "blaine", "buffalo", "detroit", "grand_forks", "havre", "houlton", "spokane", "swanton",
    ),
    "southwest": (
        "big_bend", "del_rio", "el_centro", "el_paso", "laredo", "rio_grande_valley", "san_diego",
        "tucson", "yuma",
    ),
}  # fmt: skip
REGION_TOTALS = {
    "coastal_border": "coastal", "northern_border": "northern", "southwest_border": "southwest",
}  # fmt: skip
TOTAL = "monthly_total"
SECTOR_REGION = {sector: region for region, sectors in SECTORS.items() for sector in sectors}
HEADER = ["month", *SECTOR_REGION, *REGION_TOTALS, TOTAL, "fy", "cy"]
MONTHS_OF_THE_PDF = (date(1999, 10, 1), date(2020, 9, 1))
TABLE = Table(
    name=NAME,
    raw_table=NAME,
    columns=raw_columns(
        level="VARCHAR", sector_label="VARCHAR", sector="VARCHAR", border_region="VARCHAR"
    ),
    is_main=True,
)


def read(document: Document) -> Reading:
    """One row per month and column: ``level`` is sector, region_total or total (region NULL).

    ``sector`` is NULL on totals. PublicationError: another header, a row whose month, calendar
    year and fiscal year do not agree, or a month that stands twice or is absent.
    """
    published = read_delimited(document, HEADER, separator="|")
    months = _months(document, published)
    years = fiscal_year(months.dt.year, months.dt.month)
    long = published.assign(fiscal_year=years, reference_month=months).melt(
        id_vars=["fiscal_year", "reference_month", SOURCE_PLACE],
        value_vars=[*SECTOR_REGION, *REGION_TOTALS, TOTAL],
        var_name="sector_label",
        value_name="cell",
    )
    long[SOURCE_PLACE] += ", " + long["sector_label"]
    label = long["sector_label"]
    long["level"] = label.map(
        dict.fromkeys(SECTOR_REGION, "sector") | dict.fromkeys(REGION_TOTALS, "region_total")
    ).fillna("total")
    long["sector"] = labels.normalise(label, "border_area")[0].where(long["level"] == "sector")
    long["border_region"] = label.map(SECTOR_REGION | REGION_TOTALS).astype("str")
    numbers = read_numbers(long["cell"])
    long = long.assign(is_new_label=False).join(
        numbers[["value", "null_reason", "published_text", "warning"]]
    )
    coverage, of_coverage = _coverage(document, months)
    return Reading(
        tables={NAME: long[list(TABLE.columns)]},
        coverage={NAME: coverage},
        fiscal_years=tuple(int(year) for year in sorted(long["fiscal_year"].unique())),
        warnings=of_coverage + _number_warnings(long),
    )


def footings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Sectors against their region's total, regions against the month's total (FOOTING_COLUMNS)."""
    if NAME not in tables:
        return pd.DataFrame(columns=FOOTING_COLUMNS)
    rows = tables[NAME]
    month = ["fiscal_year", "reference_month"]
    levels = {level: rows[rows["level"] == level] for level in ("sector", "region_total", "total")}
    regions = _against(levels["sector"], levels["region_total"], [*month, "border_region"])
    regions["footing"] = "sectors_to_" + regions["border_region"]
    totals = _against(levels["region_total"], levels["total"], month).assign(
        footing="regions_to_total"
    )
    found = pd.concat([regions, totals], ignore_index=True)
    found["place"] = found["reference_month"].dt.strftime("%Y-%m")
    return found.assign(table_name=NAME)[FOOTING_COLUMNS]


def _against(parts: pd.DataFrame, totals: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    sums = parts.groupby(keys)["value"].sum(min_count=1).rename("parts").reset_index()
    published = totals[[*keys, "value"]].rename(columns={"value": "published_total"})
    return sums.merge(published, on=keys).dropna()


def _coverage(document: Document, months: pd.Series) -> tuple[Coverage, list[Finding]]:
    """The months held; stated where they are those of the PDF's title."""
    first, last = months.min().date(), months.max().date()
    if (first, last) == MONTHS_OF_THE_PDF:
        return Coverage(first, last_day(last), "stated"), []
    message = (
        f"{document.published_name}: found {first:%B %Y} to {last:%B %Y}; expected "
        "{:%B %Y} to {:%B %Y}. ".format(*MONTHS_OF_THE_PDF)
        + "Complete the transcription."
    )
    return Coverage(first, last_day(last), "inferred"), [
        Finding("coverage_inferred", message, NAME)
    ]


def _number_warnings(long: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            str(row["warning"]),
            f"{row[SOURCE_PLACE]}: found {row['cell']!r}; expected a whole number. Compare the "
            "transcription with the PDF.",
            NAME,
        )
        for _, row in long[long["warning"].notna()].iterrows()
    ]


def _months(document: Document, published: pd.DataFrame) -> pd.Series:
    """First days of the months, from the month and the calendar year, checked by fiscal year."""
    month, stated, year = (
        pd.to_numeric(published[column], errors="coerce") for column in ("month", "fy", "cy")
    )
    agree = month.isin(range(1, 13)) & year.isin(range(1990, 2100))
    agree &= stated == fiscal_year(year, month)
    if not agree.all():
        row = published[~agree].iloc[0]
        raise document.error(
            row[SOURCE_PLACE], f"month {row['month']!r}, fy {row['fy']!r}, cy {row['cy']!r}",
            "a month of 1 to 12, and the fiscal year that it lies in",
            "Correct the transcription after the PDF.",
        )  # fmt: skip
    months = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": 1}))
    expected = pd.date_range(months.min(), months.max(), freq="MS")
    odd = [
        f"{m:%Y-%m}"
        for m in [*months[months.duplicated()], *expected.difference(pd.DatetimeIndex(months))]
    ]
    if odd:
        raise document.error(
            "column month", f"twice or not at all: {', '.join(odd)}",
            f"every month from {expected[0]:%Y-%m} to {expected[-1]:%Y-%m} once",
            "Correct the transcription after the PDF.",
        )  # fmt: skip
    return months


SERIES = Series(
    name=NAME,
    agency="CBP",
    title="U.S. Border Patrol monthly encounters, FY2000 to FY2020",
    description=(
        "Monthly encounters between the ports of entry by sector, October 1999 to September 2020: "
        "Title 8 apprehensions, and from March 2020 Title 42 expulsions mixed in. Frozen; read "
        "from a transcription of the PDF that CBP published."
    ),
    kind="csv",
    landing_pages=(
        f"{cbp.SITE}/document/stats/us-border-patrol-monthly-encounters-fy-2000-fy-2020",
    ),
    link_pattern=re.compile(r"(?:.*/)?usbp_monthly_encounters_fy2000-fy2020\.csv$", re.I),
    tables=(TABLE,),
    read=read,
    footings=footings,
    publication_month=cbp.no_month_in_path,
    usual_lag_days=cbp.USUAL_LAG_DAYS,
    late_after_days=cbp.LATE_AFTER_DAYS,
    notice=cbp.NOTICE,
    frozen=True,
    live_from_inbox=True,
    hosts=cbp.HOSTS,
)
