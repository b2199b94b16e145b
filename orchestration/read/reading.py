"""What a reader returns: the tables of one publication, and what was wrong with it.

Here stand only the nouns of reading. The readers themselves are in the other modules of this
package; nothing here opens a file, a socket or a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from orchestration.big_imports import when_used
from orchestration.read.hostile_text import plain

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

CoverageBasis = Literal["stated", "inferred"]
#: of what a message quotes
MOST_LETTERS = 1000


class PublicationError(Exception):
    """A publication that cannot be read as a whole.

    The message names the file, the place in it, what was found, what was expected and what to do,
    in one printable line.
    """

    def __init__(self, file: str, place: str, found: str, expected: str, remedy: str) -> None:
        self.file, self.place, self.found = file, place, found
        self.expected, self.remedy = expected, remedy
        super().__init__(
            f"{plain(file)}, {plain(place)}: found {plain(found, MOST_LETTERS)}; expected "
            f"{plain(expected, MOST_LETTERS)}. {remedy}"
        )


@dataclass(frozen=True)
class Table:
    """One published table, as it stands in the private schema ``raw``.

    ``name`` is the logical table, the unit of acceptance; ``raw_table`` is the DuckDB table that
    holds its rows (several logical tables of one series may share one). ``columns`` are the
    columns of the reader's frame, in order, with DuckDB types; loading adds ``vintage_id`` and
    ``table_name`` in front. ``is_main``: a vintage with none of its main tables is quarantined.
    """

    name: str
    raw_table: str
    columns: dict[str, str]
    is_main: bool = False


#: Columns that close every raw table. A missing count is a NULL value with a reason, never 0.
CLOSING_COLUMNS = {
    "reference_month": "DATE",
    "value": "DOUBLE",
    "null_reason": "VARCHAR",
    "published_text": "VARCHAR",
    "is_new_label": "BOOLEAN",
    "source_place": "VARCHAR",
}
#: What the columns that stand in every raw table mean: said here, shown wherever columns are.
MEANINGS = {
    "vintage_id": "The vintage that the row was read from: the sha256 of its bytes.",
    "table_name": "The logical table.",
    "fiscal_year": "US federal fiscal year of the figure, as the file says inside.",
    "reference_month": "The month that the figure is about (its first day); NULL on a total.",
    "value": "The figure as published: people, events, or people per day in averages.",
    "null_reason": "Why the figure is NULL, where the source says: X (not applicable), NA (not "
    "available), -, blank, redacted, unreadable.",
    "published_text": "The cell as published, where it is not a plain number.",
    "is_new_label": "True if a label of the row stands in no code list.",
    "source_place": "Where it stands in the publication: sheet and cell, or line.",
}


def raw_columns(**labels: str) -> dict[str, str]:
    """The columns of a raw table: fiscal year, the given label columns, the closing columns."""
    return {"fiscal_year": "INTEGER"} | labels | CLOSING_COLUMNS


@dataclass(frozen=True)
class Coverage:
    """The days that a table of a vintage covers.

    ``stated``: the publication says so; ``inferred``: from the last month with a figure.
    """

    start: date
    end: date
    basis: CoverageBasis


@dataclass(frozen=True)
class Finding:
    """Something a reader saw. ``table`` is None when it is about the whole publication.

    A finding on a table that is not among the reading's tables says why it is missing (missing
    title, changed header): that table of that vintage is quarantined. Any other is a warning.
    """

    rule: str  # snake_case, e.g. 'new_label', 'table_missing', 'fiscal_year_differs_from_name'
    message: str  # place, found, expected, what to do; made one printable line
    table: str | None = None

    def __post_init__(self) -> None:
        """Take control codes and endless labels out of the message."""
        object.__setattr__(self, "message", plain(self.message, MOST_LETTERS))


@dataclass
class Reading:
    """The tables of one publication: logical table name -> frame with that Table's columns."""

    tables: dict[str, pd.DataFrame]
    coverage: dict[str, Coverage]
    fiscal_years: tuple[int, ...]
    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def content_sha256(self) -> str:
        """Identity of what was published, whatever the bytes around it (row order counts).

        Places in the file and the CBP 'FYTD'/'Remaining' mark are not content.
        """
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            frame = self.tables[name].drop(
                columns=["source_place", "month_grouping"], errors="ignore"
            )
            digest.update(name.encode())
            digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Document:
    """The bytes of one publication as captured, and what is known about them."""

    content: bytes
    published_name: str
    captured_on: date | None = None

    def error(
        self, place: str, found: str, expected: str, remedy: str, cause: Sequence[str] = ()
    ) -> PublicationError:
        """A PublicationError that names this publication."""
        detail = f"{found} ({'; '.join(cause)})" if cause else found
        return PublicationError(self.published_name, place, detail, expected, remedy)
