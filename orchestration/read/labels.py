"""Published labels to our codes, through the code lists in ``dbt_project/seeds/code_lists``.

A code list is a CSV with at least the columns ``label`` and ``code``, so that a reviewer reads
it as it is and dbt tests against it. A label in no list is never dropped: it becomes a code of
its own and is flagged.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")


CODE_LISTS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "code_lists"


def label_key(label: str) -> str:
    """A label without case, accents, outer punctuation and doubled blanks, for comparison.

    A label of nothing else ('—', Cyrillic letters) is compared as it stands: only '' is blank.
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    key = re.sub(r"\s+", " ", plain).strip(" :*.")
    return (key or " ".join(label.split())).casefold()


def slug(label: str) -> str:
    """A label as a code: lower case words joined by underscores; as it stands if it has none."""
    key = label_key(label)
    return re.sub(r"[^a-z0-9]+", "_", key).strip("_") or key


@cache
def code_list(name: str) -> dict[str, str]:
    """The code list ``name`` as ``{label_key: code}``."""
    rows = pd.read_csv(CODE_LISTS / f"{name}.csv", dtype=str, keep_default_na=False)
    return {label_key(label): code for label, code in zip(rows["label"], rows["code"], strict=True)}


def normalise(labels: pd.Series, list_name: str) -> tuple[pd.Series, pd.Series]:
    """Codes of published labels, and whether each label is new (in no code list).

    NULL and blank labels stay NULL and are not new.
    """
    codes = code_list(list_name)
    known: dict[str, str | None] = {}
    new: set[str] = set()
    for label in labels.dropna().unique():
        key = label_key(str(label))
        known[label] = codes.get(key, slug(str(label))) or None
        if key and key not in codes:
            new.add(label)
    coded = labels.map(known)
    return coded.astype("str").where(coded.notna(), None), labels.isin(new)
