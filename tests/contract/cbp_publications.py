"""Reading real CBP publications once per test session."""

import csv
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from orchestration.read.reading import Document, Reading


@cache
def reading_of(
    read: Callable[[Document], Reading], path: Path, captured_on: date | None = None
) -> Reading:
    """The reading of a real file; shared between tests, so not to be changed."""
    return read(Document(path.read_bytes(), path.name, captured_on))


def facts(publications: Path, name: str) -> list[dict[str, str]]:
    """The rows of one of the files of facts beside the publications."""
    with (publications.parent / "facts" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def sums(frame: pd.DataFrame, *keys: str) -> dict:
    """The sum of ``value`` per key; months as '2019-10'."""
    keyed = frame.assign(reference_month=frame["reference_month"].dt.strftime("%Y-%m"))
    totals = keyed.groupby(list(keys))["value"].sum()
    return totals.to_dict()
