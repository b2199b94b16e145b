"""Importing Dagster, dbt and Great Expectations, a second quicker."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: new objects between two looks for garbage; Python's own 700 is for programs of a tenth the size
SELDOM = 50_000


@contextmanager
def imports_that_stay() -> Iterator[None]:
    """Import without looking for garbage: what comes in stays, a million objects.

    They are never looked at again, and later objects seldom. One may stand within another.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(SELDOM)
        gc.enable()
