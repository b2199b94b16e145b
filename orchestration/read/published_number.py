"""A published cell to a number, or to the reason why there is none.

A cell that is not a plain number keeps its text; nothing is mended here. Whether a number can be
true (negative, a fraction of a person) is for the gate to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")


#: No count has more than 15 digits: beyond, a DOUBLE does not keep each of them.
PLAIN = re.compile(r"\d{1,15}(?:\.0+)?")  # '9584.0': sbo-encounters-fy19-fy22.csv
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){1,4}")
NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})?(?:\.\d+)?")
#: '8.470' stands for 8,470 on the custody page of FY2022 (Laredo, September 2022)
AMBIGUOUS = re.compile(r"\d{1,3}\.\d{3}")
#: '42 (4.66%)': people in custody, with their share of the capacity
WITH_SHARE = re.compile(r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})\s*\(\s*[\d.]+\s*%\s*\)")
REASONS = {"": "blank", "-": "-", "–": "-", "—": "-", "x": "X", "na": "NA", "n/a": "NA"}


@dataclass(frozen=True)
class PublishedNumber:
    """A number, or why there is none; the text where the cell is not a plain number."""

    value: float | None
    null_reason: str | None = None
    published_text: str | None = None
    warning: str | None = None  # 'ambiguous_number', 'unreadable_number'


def read_number(text: str | None) -> PublishedNumber:
    """The number in one published cell."""
    cell = " ".join((text or "").split())
    if PLAIN.fullmatch(cell) or THOUSANDS.fullmatch(cell):
        return PublishedNumber(float(cell.replace(",", "")))
    if cell.casefold() in REASONS:
        return PublishedNumber(None, REASONS[cell.casefold()], cell or None)
    if AMBIGUOUS.fullmatch(cell):
        return PublishedNumber(float(cell), None, cell, "ambiguous_number")
    if share := WITH_SHARE.fullmatch(cell):
        return PublishedNumber(read_number(share[1]).value, None, cell)
    if NUMBER.fullmatch(cell) and any(character.isdigit() for character in cell):
        return PublishedNumber(float(cell.replace(",", "")), None, cell)
    return PublishedNumber(None, "unreadable", cell, "unreadable_number")


def read_numbers(texts: pd.Series) -> pd.DataFrame:
    """Published cells to ``value``, ``null_reason``, ``published_text``, ``warning``."""
    cells = texts.fillna("")
    codes, distinct = pd.factorize(cells)
    numbers = pd.DataFrame(
        [vars(read_number(text)) for text in distinct],
        columns=["value", "null_reason", "published_text", "warning"],
    ).astype({"value": "float64", "null_reason": "str", "published_text": "str", "warning": "str"})
    return numbers.take(codes).set_axis(texts.index)
