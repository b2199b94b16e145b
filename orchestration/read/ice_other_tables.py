"""Everything of an ICE workbook that no typed table holds, cell by cell, so that nothing is lost.

A cell keeps the labels that a reader of the sheet would give it: the nearest table title above, the
label to its left, the header above. What such a table means is not decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read.ice_coverage import FOOTNOTES
from orchestration.read.ice_tables import TITLES, Place
from orchestration.read.reading import Table, raw_columns
from orchestration.read.workbook import Sheet, Workbook, is_number, text_of

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

OTHER_TABLES = Table(
    "ice_other_tables",
    "ice_other_tables",
    raw_columns(
        sheet="VARCHAR", table_title="VARCHAR", row_label="VARCHAR", column_label="VARCHAR"
    ),
)


def read_other_tables(
    workbook: Workbook, typed: Mapping[str, Collection[Place]], fiscal_year: int
) -> pd.DataFrame:
    """One row per written cell outside ``typed`` (sheet name -> places); texts have no value.

    Months stay labels: these figures are as published, zeros of months to come included.
    """
    cells = [
        cell
        for sheet in workbook.sheets
        for cell in _cells(sheet, typed.get(sheet.name, frozenset()))
    ]
    columns = zip(*cells, strict=True) if cells else [[]] * 7
    frame = pd.DataFrame(
        dict(
            zip(
                ("sheet", "table_title", "row_label", "column_label", "value", "published_text",
                 "source_place"),
                columns,
                strict=True,
            )
        )
    )  # fmt: skip
    frame["value"] = frame["value"].astype("float64")
    frame["null_reason"] = pd.Series(None, index=frame.index, dtype="str")
    frame["reference_month"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    frame["is_new_label"] = False
    frame["fiscal_year"] = fiscal_year
    return frame[[*OTHER_TABLES.columns]]


def _cells(sheet: Sheet, typed: Collection[Place]) -> Iterator[tuple[object, ...]]:
    """Reading order: what is above and to the left of a cell has been seen before it."""
    labels = _LabelsAbove(sheet)
    texts = sheet.texts
    is_footnotes = FOOTNOTES.match(sheet.name) is not None
    row_label: str | None = None
    labelled: Place = (-1, -1)
    for place, cell in sheet.written.items():
        row, column = place
        if row != labelled[0]:
            row_label, labelled = None, (row, -1)
        number = cell if is_number(cell) else None
        text = (texts.get(place) or text_of(cell)) if number is None else None
        if place not in typed:
            yield (
                sheet.name,
                "Footnotes" if is_footnotes else labels.title(column),
                row_label,
                labels.headers.get(column),
                number,
                text,
                sheet.place(row, column),
            )
        if text is not None:
            labels.see(row, column, text)
            is_next = row_label is not None and column == labelled[1] + 1
            row_label, labelled = (f"{row_label} | {text}" if is_next else text), place


class _LabelsAbove:
    """What stands above a cell while a sheet is read downwards: its header, its table's title."""

    def __init__(self, sheet: Sheet) -> None:
        self.headers: dict[int, str] = {}
        self._sheet = sheet
        self._cells_in_row = Counter(row for row, _ in sheet.written)
        self._last_number = {
            row: column for row, column in sheet.written if (row, column) not in sheet.texts
        }
        self._titles: dict[int, tuple[int, str]] = {}  # column -> (row, title)
        self._nearest: dict[int, str | None] = {}

    def see(self, row: int, column: int, text: str) -> None:
        """Takes note of a text, and whether it is a title.

        A title stands alone above another text, or alone in its row, or is one that we know;
        what has figures to its right is the label of a row.
        """
        self.headers[column] = text
        written = self._sheet.written
        is_alone = column > self._last_number.get(row, -1) and all(
            (row, column + aside) not in written for aside in (-2, -1, 1, 2)
        )
        is_title = is_alone and (
            (row + 1, column) in self._sheet.texts or self._cells_in_row[row] == 1
        )
        if is_title or (text.startswith("ICE ") and any(t.match(text) for t in TITLES.values())):
            self._titles[column] = (row, text)
            self._nearest.clear()

    def title(self, column: int) -> str | None:
        """The lowest title so far at or left of the column; of two in one row, the right one."""
        if column not in self._nearest:
            left = [(row, at, title) for at, (row, title) in self._titles.items() if at <= column]
            self._nearest[column] = max(left)[2] if left else None
        return self._nearest[column]
