"""Opening an XLSX workbook from its bytes, and finding things in its sheets.

Here stands what any agency's workbook needs: safe opening, the grid of a sheet, cell names, cells
found by what is written in them. What the tables of one agency look like stands in the reader of
that agency. Cached values are read: totals in these workbooks are formulas.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from io import BytesIO
from typing import TypeGuard

import python_calamine

from orchestration.read.markup import is_html
from orchestration.read.reading import Document
from orchestration.read.workbook_limits import refuse_what_would_fill_the_memory

#: A cell as calamine gives it: text, number, truth, date, time; '' where nothing is written.
Cell = int | float | str | bool | time | date | datetime | timedelta
Grid = list[list[Cell]]

REMEDY = "Fetch the publication again; if it is so at the agency, nothing can be read from it."


@cache
def column_name(column: int) -> str:
    """The spreadsheet name of the zero-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def text_of(cell: Cell) -> str:
    """What is written in a cell, blanks and line breaks made one blank; '' for an empty cell.

    A whole number stored as a float is written without its '.0'.
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split()) if cell != "" else ""


def is_number(cell: Cell) -> TypeGuard[int | float]:
    """Whether a cell holds a number: no text, no truth, nothing endless."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)


@dataclass(frozen=True)
class Sheet:
    """One worksheet: ``grid[row][column]``, zero-based, rows may differ in length."""

    name: str
    is_visible: bool
    grid: Grid

    def cell(self, row: int, column: int) -> Cell:
        """The cell, '' outside the sheet."""
        if 0 <= row < len(self.grid) and 0 <= column < len(self.grid[row]):
            return self.grid[row][column]
        return ""

    def text(self, row: int, column: int) -> str:
        """The cell as text (see ``text_of``)."""
        return text_of(self.cell(row, column))

    def place(self, row: int, column: int) -> str:
        """The cell's name as a reader of the workbook finds it, e.g. 'Detention FY21 YTD!I20'."""
        return f"{self.name}!{column_name(column)}{row + 1}"

    @cached_property
    def written(self) -> dict[tuple[int, int], Cell]:
        """Every cell with something written in it, by (row, column), in reading order."""
        return {
            (row, column): cell
            for row, cells in enumerate(self.grid)
            for column, cell in enumerate(cells)
            if cell != "" and not (isinstance(cell, str) and not cell.strip())
        }

    @cached_property
    def texts(self) -> dict[tuple[int, int], str]:
        """The text (see ``text_of``) of every written cell that is text, in reading order."""
        return {
            place: " ".join(cell.split())
            for place, cell in self.written.items()
            if isinstance(cell, str)
        }

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
        """(row, column) of every text cell that the pattern matches at its start."""
        for place, text in self.texts.items():
            if pattern.match(text):
                yield place


@dataclass(frozen=True)
class Workbook:
    """The worksheets of one publication, in the order of the file."""

    sheets: tuple[Sheet, ...]


def _refuse_what_is_no_workbook(document: Document) -> None:
    content = document.content
    if content.startswith(b"PK\x03\x04"):
        return
    if is_html(content):
        found = "an HTML page (an error page saved under the workbook's name?)"
    elif not content:
        found = "an empty file"
    else:
        found = f"{len(content)} bytes that begin with {content[:8]!r}"
    raise document.error("start of the file", found, "an XLSX workbook (a zip archive)", REMEDY)


def open_workbook(document: Document) -> Workbook:
    """All worksheets of an XLSX publication; PublicationError where the bytes are none.

    Empty rows and columns before the first written cell are kept, so that places are true.
    """
    _refuse_what_is_no_workbook(document)
    refuse_what_would_fill_the_memory(document)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(document.content))
        sheets = tuple(
            Sheet(
                meta.name,
                meta.visible == python_calamine.SheetVisibleEnum.Visible,
                book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False),
            )
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        )
    except Exception as error:  # calamine raises many kinds; each means the same here
        raise document.error(
            "the zip archive", str(error) or type(error).__name__,
            "a whole XLSX workbook (is the file truncated?)", REMEDY,
        ) from error  # fmt: skip
    if not sheets:
        raise document.error("the workbook", "no worksheet", "at least one worksheet", REMEDY)
    return Workbook(sheets)
