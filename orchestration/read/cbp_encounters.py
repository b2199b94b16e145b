"""What the three CBP encounter files have in common: one row per month and set of labels.

Belongs here: years, months and counts of a row, labels to codes, the type of an encounter, the
days that a file covers, what its name and folder say. Which columns a file has stands with its
series. One published row becomes one raw row: nothing is summed, replaced or dropped here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read import labels
from orchestration.read.delimited import SOURCE_PLACE, is_cut_in_last_line, read_delimited
from orchestration.read.fiscal_calendar import (
    calendar_year,
    folder_month,
    last_day,
    month_in,
    month_number,
)
from orchestration.read.published_number import read_numbers
from orchestration.read.reading import Coverage, Document, Finding, Reading, Table

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

FISCAL_YEAR, MONTH, COUNT = "Fiscal Year", "Month (abbv)", "Encounter Count"
#: '2024', or '2024 (FYTD)' for the open year
FISCAL_YEAR_FORM = re.compile(r"(20\d{2})(?:\.0)?(?:\s*\(.*\))?")
NAME_FORM = re.compile(r"fy-?(\d{2})-fy-?(\d{2})(?:-([a-z]{3,9}))?", re.IGNORECASE)
#: a closed year's file was posted in November 2023, October 2024 and November 2025
CLOSED_YEAR_POSTED_IN = 11
GROUPS_OTHER = "Other"
#: Regions or components, then the next two cuts: finer ones may be absent from any month.
LABELS_THAT_END_A_MONTH = 3
MONTHS_TO_COMPARE = 12


def read_encounters(
    document: Document,
    table: Table,
    label_columns: Mapping[str, str],
    code_lists: Mapping[str, tuple[str, str]],
) -> Reading:
    """The reading of an encounter file that holds the one ``table``.

    ``label_columns``: published column -> raw column; ``code_lists``: raw code column -> (raw
    label column, code list). PublicationError: not such a file, another header, a row whose
    fiscal year or month cannot be told, a month without rows between others, a last month that
    breaks off, or a last line without its end in a file that lacks its last month.
    """
    header = [FISCAL_YEAR, *label_columns, COUNT]
    published = read_delimited(document, header)
    frame = published.rename(columns=dict(label_columns))
    frame["fiscal_year"] = _fiscal_years(document, published)
    frame["reference_month"] = reference_months(document, published, frame["fiscal_year"])
    numbers = read_numbers(published[COUNT])
    frame[["value", "null_reason", "published_text"]] = numbers[
        ["value", "null_reason", "published_text"]
    ]
    warnings = _number_warnings(numbers["warning"], published, table)
    frame["is_new_label"] = False
    for code_column, (label_column, code_list) in code_lists.items():
        frame[code_column], is_new = codes_of(frame[label_column], code_list)
        frame["is_new_label"] |= is_new
        warnings += _new_label_warnings(frame, label_column, is_new, table)
    _check_every_month(document, frame["reference_month"])
    _check_end_of_last_month(document, published, frame["reference_month"], label_columns)
    _derive(frame, table)
    coverage, of_coverage = _coverage(document, frame["reference_month"], table)
    warnings += of_coverage + _name_warnings(document, frame["fiscal_year"], table)
    return Reading(
        tables={table.name: frame[list(table.columns)]},
        coverage={table.name: coverage},
        fiscal_years=tuple(int(year) for year in sorted(frame["fiscal_year"].unique())),
        warnings=warnings,
    )


def codes_of(published: pd.Series, code_list: str) -> tuple[pd.Series, pd.Series]:
    """Codes of labels, and which are new; a new citizenship keeps its name, in title case."""
    codes, is_new = labels.normalise(published, code_list)
    if code_list in ("citizenship", "citizenship_group") and is_new.any():
        codes = codes.where(~is_new, published.str.strip().str.title())
    return codes, is_new


def encounter_types(component: pd.Series, title_of_authority: pd.Series) -> pd.Series:
    """``expulsion`` for Title 42, for Title 8 ``apprehension`` (USBP) or ``inadmissible`` (OFO).

    The published type is no help: sbo-encounters-fy19-fy22.csv calls the 1,054,084 USBP
    encounters under Title 42 of FY2022 'Apprehensions'. NULL where title or component is unknown.
    """
    types = pd.Series(None, index=component.index, dtype="str")
    types[(title_of_authority == "title_8") & (component == "USBP")] = "apprehension"
    types[(title_of_authority == "title_8") & (component == "OFO")] = "inadmissible"
    types[title_of_authority == "title_42"] = "expulsion"
    return types


def reference_months(
    document: Document, published: pd.DataFrame, fiscal_years: pd.Series
) -> pd.Series:
    """The first day of each row's month; October to December lie in the year before."""
    numbers = published[MONTH].map(
        {text: month_number(text) for text in published[MONTH].dropna().unique()}
    )
    _reject(
        document, published, numbers.isna(), MONTH,
        "a month in the code list us_month, such as 'OCT'",
    )  # fmt: skip
    month = numbers.astype(int)
    return pd.to_datetime({"year": calendar_year(fiscal_years, month), "month": month, "day": 1})


def publication_month(path: str) -> date | None:
    """The month in which a file was posted: from its folder, else from its name.

    A monthly file is posted in the month after the one it is about.
    """
    if folder := folder_month(path):
        return folder
    last = last_month_by_name(path)
    if last is None:
        return None
    if _names_a_month(path):
        return date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return date(last.year, CLOSED_YEAR_POSTED_IN, 1)


def last_month_by_name(name: str) -> date | None:
    """The last month that a name promises: fy21-fy24-apr April 2024, fy20-fy23 September 2023."""
    form = NAME_FORM.search(name.rsplit("/", 1)[-1])
    if form is None:
        return None
    return month_in(2000 + int(form[2]), month_number(form[3] or "sep") or 9)


def _names_a_month(path: str) -> bool:
    form = NAME_FORM.search(path.rsplit("/", 1)[-1])
    return bool(form and month_number(form[3] or ""))


def _fiscal_years(document: Document, published: pd.DataFrame) -> pd.Series:
    forms = {
        text: FISCAL_YEAR_FORM.fullmatch(text.strip())
        for text in published[FISCAL_YEAR].dropna().unique()
    }
    years = published[FISCAL_YEAR].map(
        {text: form and int(form[1]) for text, form in forms.items()}
    )
    _reject(document, published, years.isna(), FISCAL_YEAR, "a year such as '2024 (FYTD)'")
    return years.astype(int)


def _reject(
    document: Document, published: pd.DataFrame, wrong: pd.Series, column: str, expected: str
) -> None:
    """PublicationError for rows whose time cannot be told: they can stand in no month."""
    if wrong.any():
        first = published[wrong].fillna("").iloc[0]
        raise document.error(
            first[SOURCE_PLACE], f"{column} {first[column]!r} ({int(wrong.sum())} such rows)",
            expected, "If the agency writes it differently now, teach the reader its new form.",
        )  # fmt: skip


def _derive(frame: pd.DataFrame, table: Table) -> None:
    """Codes that follow from others: the citizenship group, the type of an encounter."""
    if "citizenship" in frame:
        group, is_other = labels.normalise(frame["citizenship"], "citizenship_group")
        frame["citizenship_group"] = group.where(~is_other, GROUPS_OTHER)
    if "encounter_type" in table.columns:
        frame["encounter_type"] = encounter_types(frame["component"], frame["title_of_authority"])


def _coverage(
    document: Document, reference_month: pd.Series, table: Table
) -> tuple[Coverage, list[Finding]]:
    """First to last month with rows; stated where the name promises just that last month."""
    start, last = reference_month.min().date(), reference_month.max().date()
    promised = last_month_by_name(document.published_name)
    if promised == last:
        return Coverage(start, last_day(last), "stated"), []
    if promised and is_cut_in_last_line(document):
        raise document.error(
            "last line", f"no end of the line, and figures through {last:%B %Y} only",
            f"figures through {promised:%B %Y}, as the name says",
            "The file is cut: fetch it again from its landing page.",
        )  # fmt: skip
    end = min(last_day(last), document.captured_on or last_day(last))
    message = (
        f"{document.published_name}: found figures through {last:%B %Y}; the name "
        + (f"promises {promised:%B %Y}" if promised else "names no month")
        + f". Coverage taken to end on {end}; see whether the file is whole."
    )
    return Coverage(start, end, "inferred"), [Finding("coverage_inferred", message, table.name)]


def _check_every_month(document: Document, reference_month: pd.Series) -> None:
    """PublicationError for a month without any row between the first and the last.

    The files are sorted by year and by the month's name: half a file lacks months in the middle,
    and would take away the figures that an earlier vintage has for them.
    """
    present = pd.DatetimeIndex(reference_month.unique())
    absent = pd.date_range(present.min(), present.max(), freq="MS").difference(present)
    if not absent.empty:
        raise document.error(
            MONTH, f"no rows for {', '.join(f'{month:%Y-%m}' for month in absent)}",
            f"every month from {present.min():%Y-%m} to {present.max():%Y-%m}",
            "The file is cut or incomplete: fetch it again from its landing page.",
        )  # fmt: skip


def _check_end_of_last_month(
    document: Document,
    published: pd.DataFrame,
    reference_month: pd.Series,
    label_columns: Mapping[str, str],
) -> None:
    """PublicationError where the last month ends before the labels with which all others end.

    A file cut at the end of a line looks whole, and would lack the last regions of one month. In
    every file by state, each month ends with Southwest Land Border, TX, and children. Nothing is
    known of a file whose months are not in one piece (sbo-encounters-fy19-fy22.csv).
    """
    columns = [name for name in label_columns if not name.startswith("Month")]
    is_end = reference_month != reference_month.shift(-1)
    ends = published.loc[is_end, columns[:LABELS_THAT_END_A_MONTH]].fillna("")
    if len(ends) <= MONTHS_TO_COMPARE or reference_month[is_end].duplicated().any():
        return
    for column in ends:
        *others, last = ends[column]
        if len(set(others)) > 1:
            return
        if last != others[0]:
            month = reference_month.iloc[-1]
            raise document.error(
                f"last line, {month:%B %Y}", f"a month that ends with {column} {last!r}",
                f"{others[0]!r}, as in the other {len(others)} months",
                "The file is cut: fetch it again from its landing page.",
            )  # fmt: skip


def _name_warnings(document: Document, fiscal_years: pd.Series, table: Table) -> list[Finding]:
    found = sorted(int(year) for year in fiscal_years.unique())
    warnings = []
    if form := NAME_FORM.search(document.published_name):
        promised = list(range(2000 + int(form[1]), 2000 + int(form[2]) + 1))
        if found != promised:
            message = (
                f"{document.published_name}: found fiscal years {found}; the name promises "
                f"{promised}. The years in the file count."
            )
            warnings.append(Finding("fiscal_year_differs_from_name", message, table.name))
    if is_cut_in_last_line(document):
        message = (
            f"{document.published_name}, last line: found no end of the line; every real file has "
            "one. The last count may be cut: compare it with the agency's file."
        )
        warnings.append(Finding("last_line_unfinished", message, table.name))
    return warnings


def _number_warnings(kinds: pd.Series, published: pd.DataFrame, table: Table) -> list[Finding]:
    return [
        Finding(
            str(kind),
            f"{published.loc[rows[0], SOURCE_PLACE]}: found the count "
            f"{published.loc[rows[0], COUNT]!r} ({len(rows)} such cells); expected a whole number. "
            "Compare it with the agency's page, and correct it in the corrections if need be.",
            table.name,
        )
        for kind, rows in published.groupby(kinds).groups.items()
    ]


def _new_label_warnings(
    frame: pd.DataFrame, label_column: str, is_new: pd.Series, table: Table
) -> list[Finding]:
    new = frame[is_new]
    return [
        Finding(
            "new_label",
            f"{rows[SOURCE_PLACE].iloc[0]}: found {label_column} {label!r} in {len(rows)} rows; it "
            "stands in no code list and is loaded as itself. Add it to the code list.",
            table.name,
        )
        for label, rows in new.groupby(label_column, sort=True)
    ]
