"""The nouns of what the agencies publish: Series, Publication. No network, no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from orchestration.big_imports import when_used
from orchestration.read.reading import Document, Reading, Table

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

Agency = Literal["CBP", "ICE", "OHSS"]
Kind = Literal["csv", "xlsx", "html"]

#: Columns of a footings frame: parts of a published table against the total published with them.
FOOTING_COLUMNS = [
    "table_name", "footing", "place", "fiscal_year", "reference_month", "parts", "published_total",
]  # fmt: skip


@dataclass(frozen=True)
class Publication:
    """One file or page of a series as a link on its landing page."""

    series: str
    url: str  # absolute, at the agency's host
    link_text: str
    publication_month: date | None  # first of month; None where neither folder nor name tells

    @property
    def published_name(self) -> str:
        """The last part of the URL's path."""
        return self.url.rsplit("/", 1)[-1] or self.url


@dataclass(frozen=True)
class Series:
    """Something an agency publishes again and again, and how to find and read it.

    ``landing_pages``: pages whose links are searched. ``link_pattern`` matches the path of a link.
    ``page_is_publication``: the landing page itself holds the tables (custody and transfers).
    ``publication_month(path)``: the month of posting from folder or name, None if neither tells.
    ``read(document)``: bytes to tables, or PublicationError. ``footings(tables)``: a frame of
    FOOTING_COLUMNS. ``usual_lag_days``: coverage end to posting, to estimate an unknown date.
    ``late_after_days``: silence that calls for a look. ``perhaps_ended_after_days``: silence after
    which the agency may have stopped publishing it. ``frozen``: will not be published again;
    ``live_from_inbox``: the agency's own form cannot be read, a person supplies the file.
    """

    name: str
    agency: Agency
    title: str
    description: str
    kind: Kind
    landing_pages: tuple[str, ...]
    link_pattern: re.Pattern[str]
    tables: tuple[Table, ...]
    read: Callable[[Document], Reading]
    footings: Callable[[Mapping[str, pd.DataFrame]], pd.DataFrame]
    publication_month: Callable[[str], date | None]
    usual_lag_days: int
    late_after_days: int
    perhaps_ended_after_days: int | None = None
    notice: str = ""
    page_is_publication: bool = False
    frozen: bool = False
    live_from_inbox: bool = False
    max_bytes: int = 64 * 2**20
    hosts: frozenset[str] = field(default_factory=frozenset)

    def table(self, name: str) -> Table:
        """The logical table ``name``."""
        return next(table for table in self.tables if table.name == name)
