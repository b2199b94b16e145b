"""Months and fiscal years: October to September, named for the year it ends in.

Belongs here: what follows from the calendar alone, and the month that an agency's upload folder
names. What a file says of its own months is read by that file's reader.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from orchestration.big_imports import when_used
from orchestration.read.labels import code_list, label_key

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

#: short names of the months of a fiscal year, in order
MONTHS = ("Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep")
#: .../assets/documents/2023-Nov/NAME, .../files/2024-10/NAME
FOLDER_FORM = re.compile(r"/(20\d{2})-([a-z]{3}|\d{2})/", re.IGNORECASE)

#: a number, or a column of numbers
Numbers = TypeVar("Numbers", int, "pd.Series[int]")


def fiscal_year(year: Numbers, month: Numbers) -> Numbers:
    """The fiscal year that a month (1 to 12) of a calendar year lies in."""
    return year + (month >= 10)


def calendar_year(fiscal_year: Numbers, month: Numbers) -> Numbers:
    """The calendar year that a month (1 to 12) of a fiscal year lies in."""
    return fiscal_year - (month >= 10)


def fiscal_year_of(day: date) -> int:
    """The fiscal year that a day lies in."""
    return fiscal_year(day.year, day.month)


def month_in(fiscal_year: int, month: int) -> date:
    """The first day of a month (1 to 12) of a fiscal year."""
    return date(calendar_year(fiscal_year, month), month, 1)


def fiscal_year_start(fiscal_year: int) -> date:
    """1 October of the year before."""
    return date(fiscal_year - 1, 10, 1)


def fiscal_year_end(fiscal_year: int) -> date:
    """30 September."""
    return date(fiscal_year, 9, 30)


def last_day(month: date) -> date:
    """The last day of the month that ``month`` lies in."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def month_number(name: str) -> int | None:
    """1 to 12 for a name in the code list us_month ('OCT', 'Sept', 'October'); None for others."""
    number = code_list("us_month").get(label_key(name))
    return int(number) if number else None


def folder_month(path: str) -> date | None:
    """The month that a folder in a path names (``/2024-10/``, ``/2023-Nov/``); None without one."""
    folder = FOLDER_FORM.search(path)
    if folder is None:
        return None
    month = int(folder[2]) if folder[2].isdigit() else month_number(folder[2])
    return date(int(folder[1]), month, 1) if month and 1 <= month <= 12 else None
