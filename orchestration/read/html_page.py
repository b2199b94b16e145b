"""Bytes of a web page to its tables, each with the headings before it.

Belongs here: finding tables, spans, footnote marks, column headers that are months. What a table
is about belongs to the series. Nothing is fetched: no image, script, entity or frame.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import cast

from lxml import etree, html

from orchestration.read.fiscal_calendar import month_number
from orchestration.read.markup import is_html
from orchestration.read.reading import Document

MAX_BYTES = 16 * 2**20
MAX_CELLS = 200_000
#: a span above this is a slip or an attack; real tables span a row of 13 at most
MAX_SPAN = 60
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
#: 'Oct-25', 'Oct 2025', 'October 2025'
MONTH_FORM = re.compile(r"([A-Za-z]{3,9})\.?[\s-]+(?:20)?(\d{2})")
#: a digit that hangs on a word: 'Other2', '(NTA)2,7', 'Protocols (MPP)4 - Initial returns'
HANGING_DIGITS = re.compile(r"(?<=[A-Za-z)\"”%])\d(?:\s?,\s?\d)*(?=\s|$)")
TEXTS = etree.XPath(".//text()[not(ancestor::script or ancestor::style)]")
UNMARKED_TEXTS = etree.XPath(".//text()[not(ancestor::script or ancestor::style or ancestor::sup)]")


@dataclass(frozen=True)
class Cell:
    """A cell's text as it stands, and without its footnote marks (raised digits)."""

    text: str
    unmarked: str


@dataclass(frozen=True)
class HtmlTable:
    """A table: the headings it stands under (outermost first), its header row and its rows.

    Spans are filled in: a cell that spans three columns stands three times.
    """

    place: str
    headings: tuple[str, ...]
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def heading(self) -> str:
        """The heading right before the table."""
        return self.headings[-1] if self.headings else ""


def read_tables(document: Document) -> list[HtmlTable]:
    """Every table of the page that has a header row, in order.

    PublicationError: not a page of HTML, or one too large to be read safely.
    """
    root = _root(document)
    headings: dict[str, str] = {}
    tables: list[HtmlTable] = []
    for element in root.iter(*HEADINGS, "table"):
        if element.tag in HEADINGS:
            level = HEADINGS.index(str(element.tag))
            headings = {tag: text for tag, text in headings.items() if HEADINGS.index(tag) < level}
            headings[str(element.tag)] = _cell(element).unmarked
        elif element.find(".//table") is None:
            above = [text for text in headings.values() if text]
            above += [_cell(caption).unmarked for caption in element.iterchildren("caption")]
            if grid := _grid(document, element):
                place = f"table {len(tables) + 1}"
                tables.append(HtmlTable(place, tuple(above), grid[0], tuple(grid[1:])))
    return tables


def month_of(header: str) -> date | None:
    """The first day of the month that a column header names, None where it names none."""
    form = MONTH_FORM.fullmatch(header.strip())
    month = month_number(form[1]) if form else None
    return date(2000 + int(form[2]), month, 1) if form and month else None


def without_footnotes(label: str) -> str:
    """A label without the digits that hang on its words ('Title 42' and 'FY21' stay whole)."""
    return " ".join(HANGING_DIGITS.sub("", label).split())


def _root(document: Document) -> html.HtmlElement:
    content = document.content
    if len(content) > MAX_BYTES:
        raise document.error(
            "the whole page", f"{len(content):,} bytes", f"at most {MAX_BYTES:,}",
            "See what the site sent; a page of statistics has some 100,000 bytes.",
        )  # fmt: skip
    try:
        content.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"
    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False)
    try:
        root = html.document_fromstring(content, parser=parser) if is_html(content) else None
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    if root is None:
        raise document.error(
            "line 1", repr(content[:60]), "a page of HTML",
            "Fetch the page again; put no other kind of file under this series.",
        )  # fmt: skip
    if b"\0" in content:
        raise document.error(
            "the whole page", "a byte of zero (a hole in a download, or UTF-16)", "text in UTF-8",
            "Fetch the page again.",
        )  # fmt: skip
    return root


def _grid(document: Document, table: html.HtmlElement) -> list[tuple[Cell, ...]]:
    """Rows of cells with spans filled in; rows without any text are left out."""
    grid: list[tuple[Cell, ...]] = []
    hanging: dict[int, tuple[int, Cell]] = {}  # column -> rows still to fill, cell
    cells = 0
    for row in table.iter("tr"):
        line: list[Cell] = []
        for element in row.iterchildren("td", "th"):
            line += _from_above(hanging, len(line))
            cell = _cell(element)
            for _ in range(_span(element, "colspan")):
                if (rows := _span(element, "rowspan")) > 1:
                    hanging[len(line)] = (rows - 1, cell)
                line.append(cell)
        line += _from_above(hanging, len(line))
        cells += len(line)
        if cells > MAX_CELLS:
            raise document.error(
                "a table", f"more than {MAX_CELLS:,} cells", "a table of statistics",
                "See what the site sent.",
            )  # fmt: skip
        if any(cell.text for cell in line):
            grid.append(tuple(line))
    return grid


def _from_above(hanging: dict[int, tuple[int, Cell]], column: int) -> Iterator[Cell]:
    """Cells that reach down into this row from ``column`` on."""
    while column in hanging:
        rows, cell = hanging.pop(column)
        if rows > 1:
            hanging[column] = (rows - 1, cell)
        yield cell
        column += 1


def _span(element: html.HtmlElement, name: str) -> int:
    text = element.get(name, "1").strip()
    return min(max(int(text), 1), MAX_SPAN) if text.isdecimal() and len(text) < 6 else 1


def _cell(element: html.HtmlElement) -> Cell:
    text, unmarked = _join(TEXTS(element)), _join(UNMARKED_TEXTS(element))
    return Cell(" ".join(text.split()), " ".join(unmarked.split()))


def _join(texts: object) -> str:
    return "".join(cast(list[str], texts))
