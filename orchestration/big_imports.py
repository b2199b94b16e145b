"""Big libraries: imported a second quicker, or only where they are used."""

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


@contextmanager
def as_if_not_installed(name: str) -> Iterator[None]:
    """Within this, importing a module says that there is none; where it is imported it stays."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def when_used(name: str) -> Any:  # noqa: ANN401
    """A module that is imported when something of it is first asked for.

    pandas and Arrow take 100 MB and half a second, and only a process that loads needs them. Unlike
    importlib's LazyLoader nothing stands in ``sys.modules`` before, where DuckDB looks for pandas.
    """
    return _WhenUsed(name)


class _WhenUsed:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401
        return getattr(importlib.import_module(self._name), attribute)
