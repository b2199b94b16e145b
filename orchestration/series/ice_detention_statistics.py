"""ICE detention statistics: where the workbooks are found, what is in them, which totals must foot.

One workbook per fiscal year, replaced about every two weeks. In 2026 the legal duty to publish may
have lapsed: silence is a state to look at, not a failure. How a workbook is read stands in
``orchestration.read.ice_workbook``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read import ice_tables
from orchestration.read.fiscal_calendar import fiscal_year_end, fiscal_year_start
from orchestration.read.ice_coverage import date_in
from orchestration.read.ice_workbook import TABLES, read_workbook
from orchestration.series.series import FOOTING_COLUMNS, Series

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

NAME = "ice_detention_statistics"
SITE = "https://www.ice.gov"
LINK_PATTERN = re.compile(
    r"(?:https?://[^/]+)?/doclib/detention/(?:[^/]+/)*FY\d{2}[^/]*detention[^/]*stat[^/]*\.xlsx$",
    re.IGNORECASE,
)
NAME_DATE = re.compile(r"FY(\d{2}).*?stats?_?(\d{4,8})(?!\d)", re.IGNORECASE)

Key = tuple[object, ...]


def publication_month(path: str) -> date | None:
    """The month of the date in a workbook's name; None without a date that can be true.

    A date is believed if it lies in the name's fiscal year or the year after it:
    FY21_detentionStats07222020 was posted in July 2021.
    """
    found = NAME_DATE.search(path.rsplit("/", 1)[-1])
    if found is None:
        return None
    fiscal_year, digits = 2000 + int(found[1]), found[2]
    earliest, latest = fiscal_year_start(fiscal_year), fiscal_year_end(fiscal_year + 1)
    for day in _dates_written(digits, fiscal_year):
        if day is not None and earliest <= day <= latest:
            return day.replace(day=1)
    return None


def _dates_written(digits: str, fiscal_year: int) -> Iterator[date | None]:
    """The dates that digits can mean: 04292021, 060921, 210503, 0301."""
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    if len(digits) == 8:
        yield date_in(digits[4:], pairs[0], pairs[1])
    elif len(digits) == 6:
        yield date_in(f"20{pairs[2]}", pairs[0], pairs[1])
        yield date_in(f"20{pairs[0]}", pairs[1], pairs[2])
    elif len(digits) == 4:
        for year in (fiscal_year - 1, fiscal_year):
            yield date_in(str(year), pairs[0], pairs[1])


def _is_total(code: object) -> bool:
    """Criminality and month have no code on a total; the others have the code 'total'."""
    return code is None or str(code).casefold() == "total"


def _is_whole(code: object) -> bool:
    return not _is_total(code) and code not in ice_tables.sub_reasons()


def _is_bonded_out(code: object) -> bool:
    return code == "bonded_out"


def _is_bond_part(code: object) -> bool:
    return code in ice_tables.sub_reasons()


@dataclass(frozen=True)
class _Footing:
    """One way in which a table must foot: along ``dimension``, in each place of the others."""

    name: str
    dimension: str
    is_total: Callable[[object], bool] = _is_total
    is_part: Callable[[object], bool] = _is_whole

    def rows(self, table: str, codes: Mapping[str, list[object]], values: list[float],
             year: int) -> Iterator[Key]:  # fmt: skip
        """FOOTING_COLUMNS of each place where parts and total are both published.

        ``codes``: dimension -> its codes, beside the ``values`` that are published.
        """
        others = [name for name in codes if name != self.dimension]
        parts: dict[Key, float] = {}
        totals: dict[Key, float] = {}
        columns = (codes[name] for name in (self.dimension, *others))
        for value, along, *place in zip(values, *columns, strict=True):
            if self.is_total(along):
                totals[tuple(place)] = value
            elif self.is_part(along):
                parts[tuple(place)] = parts.get(tuple(place), 0.0) + value
        for key in (key for key in totals if key in parts):
            where = dict(zip(others, key, strict=True))
            place_name = ", ".join(_place_name(code) for code in key)
            month = where.get("reference_month")
            yield table, self.name, place_name, year, month, parts[key], totals[key]


def _codes(column: pd.Series) -> list[object]:
    return list(column.astype(object).where(column.notna(), None))


def _place_name(code: object) -> str:
    if isinstance(code, pd.Timestamp):
        return f"{code:%b}"
    return "Total" if _is_total(code) else str(code)


_AGENCIES = _Footing("agencies_to_total", "arresting_agency")
_CRIMINALITY = _Footing("criminality_to_total", "criminality")
_MONTHS = _Footing("months_to_total", "reference_month")
_REASONS = _Footing("reasons_to_total", "release_reason")
_BONDS = _Footing("bond_parts_to_bonded_out", "release_reason", _is_bonded_out, _is_bond_part)
_FACILITY_TYPES = _Footing("facility_types_to_total", "facility_type")
#: table -> its dimensions, and how it foots; the months of an average do not add up to the year's
FOOTINGS: dict[str, tuple[tuple[str, ...], tuple[_Footing, ...]]] = {
    ice_tables.BOOK_INS.name: (("arresting_agency", "reference_month"), (_AGENCIES, _MONTHS)),
    ice_tables.BOOK_OUTS.name: (
        ("release_reason", "criminality", "reference_month"),
        (_REASONS, _BONDS, _CRIMINALITY, _MONTHS),
    ),
    ice_tables.DETAINED.name: (("arresting_agency", "criminality"), (_AGENCIES, _CRIMINALITY)),
    ice_tables.POPULATION.name: (
        ("arresting_agency", "criminality", "reference_month"),
        (_AGENCIES, _CRIMINALITY),
    ),
    ice_tables.BY_FACILITY_TYPE.name: (
        ("facility_type", "criminality"),
        (_FACILITY_TYPES, _CRIMINALITY),
    ),
}


def footings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Parts against published totals of the tables of one workbook, in people or people per day.

    A cell without a figure counts as no part: blanks and 'null' stand for 0 where the rest foots.
    Shares are not added: their criminality column does not add up to anything.
    """
    rows: list[Key] = []
    for table, (dimensions, table_footings) in FOOTINGS.items():
        frame = tables.get(table)
        if frame is None or frame.empty:
            continue
        people = frame[frame["unit"] == "people"] if "unit" in frame else frame
        published = people[people["value"].notna()]
        codes = {name: _codes(published[name]) for name in dimensions}
        values, year = published["value"].tolist(), int(frame["fiscal_year"].iloc[0])
        for footing in table_footings:
            rows += footing.rows(table, codes, values, year)
    found = pd.DataFrame(rows, columns=FOOTING_COLUMNS)
    found["reference_month"] = pd.to_datetime(found["reference_month"])
    return found.astype({"parts": "float64", "published_total": "float64"})


SERIES = Series(
    name=NAME,
    agency="ICE",
    title="ICE detention statistics",
    description=(
        "Book-ins, final releases (from 2024-02: book-outs), removals, people in detention and "
        "detention facilities, by month or fiscal year to date, from ICE's biweekly workbooks."
    ),
    kind="xlsx",
    landing_pages=(f"{SITE}/detain/detention-management",),
    link_pattern=LINK_PATTERN,
    tables=TABLES,
    read=read_workbook,
    footings=footings,
    publication_month=publication_month,
    usual_lag_days=14,
    late_after_days=60,
    # the legal duty to publish may have lapsed in 2026; the longest gap before was 55 days
    perhaps_ended_after_days=120,
    hosts=frozenset({"www.ice.gov", "ice.gov"}),
)
