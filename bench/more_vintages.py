"""A folder of publications with N times the sample's vintages, written by the sample's own writers.

The further vintages of a series follow its last one, a day apart. Each covers the same months and
restates a few of them by a few people, as the agencies do. Not multiplied: Border Patrol's history,
which is frozen, and CBP's custody page, whose tables are published figures cell by cell.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from orchestration.mirror import sample_cbp, sample_ice, sample_ohss
from orchestration.mirror.sample import sample_publications, write_publications
from orchestration.mirror.sample_facts import ComponentTotals, Month
from orchestration.mirror.sample_publication import SamplePublication

#: of the last months a vintage restates every sixth; the vintage after it, those beside them
LAST_MONTHS, STEP = 12, 6


@dataclass(frozen=True)
class LaterPosting(sample_cbp.Posting):
    """CBP's encounter files, posted again with figures restated for the ``number``-th time."""

    number: int = 0

    def totals(self) -> dict[Month, ComponentTotals]:
        """Each restatement takes a person away from each component and title."""
        totals = super().totals()
        for month, times in _restated(sorted(totals), self.number):
            totals[month] = {key: max(people - times, 0) for key, people in totals[month].items()}
        return totals


@dataclass(frozen=True)
class LaterWorkbook(sample_ice.DetentionWorkbook):
    """ICE's workbook, published again with book-ins restated for the ``number``-th time."""

    number: int = 0

    def book_ins(self, agency: str, month: str) -> int:
        """Each restatement adds a person."""
        times = dict(_restated(self.months, self.number))
        return super().book_ins(agency, month) + times.get(month, 0)


@dataclass(frozen=True)
class LaterTables(sample_ohss.MonthlyTables):
    """OHSS's tables, published again with encounters restated for the ``number``-th time."""

    number: int = 0

    def encounters_by_area(self) -> dict[tuple[Month, str, str], int]:
        """Each restatement adds ten people, to which the figures are rounded, to each area."""
        figures = super().encounters_by_area()
        times = dict(_restated(sorted({month for month, _, _ in figures}), self.number))
        return {
            (month, component, area): people + 10 * times.get(month, 0)
            for (month, component, area), people in figures.items()
        }


def _restated(months: list[Month], number: int) -> Iterator[tuple[Month, int]]:
    """How many of the first ``number`` further vintages restated each of the last months."""
    for place, month in enumerate(months[-LAST_MONTHS:]):
        yield month, (number + STEP - 1 - place % STEP) // STEP


def publications(times: int) -> Iterator[SamplePublication]:
    """The sample's publications and, of the series that grow, ``times`` as many vintages."""
    yield from sample_publications()
    posting, posted = sample_cbp.POSTINGS[-1], len(sample_cbp.POSTINGS)
    for number in range(1, posted * (times - 1) + 1):
        day = _days_after(posting.posted_on, number)
        yield from sample_cbp.encounter_files(LaterPosting(day, posting.through, number))
    book, books = sample_ice.WORKBOOKS[-1], len(sample_ice.WORKBOOKS)
    for number in range(1, books * (times - 1) + 1):
        day = _days_after(book.captured_at, number)
        yield sample_ice.detention_workbook(
            LaterWorkbook(
                book.published_name, day, book.fiscal_year, book.covered_to,
                book.releases_by_month, number,
            )
        )  # fmt: skip
    tables, issues = sample_ohss.VINTAGES[-1], len(sample_ohss.VINTAGES)
    for number in range(1, issues * (times - 1) + 1):
        day = _days_after(tables.posted_on, number)
        yield sample_ohss.monthly_tables(LaterTables(day, tables.through, number))


def _days_after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--series", help="this series only")
    chosen = parser.parse_args()
    write_publications(
        chosen.folder,
        (one for one in publications(chosen.times) if chosen.series in (None, one.series)),
    )
