"""Loading what is archived; in a run, in a process of its own.

Great Expectations, and the rows of all vintages that it judges, take 250 MB. A process that loads
and ends gives them back before dbt builds, which wants as much again.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any

from orchestration.big_imports import imports_that_stay

with imports_that_stay():
    from dataclasses import asdict

    import duckdb

    from expectations.gate import import_great_expectations
    from orchestration.acquire.archive import Archive, ArchiveError, Sidecar
    from orchestration.read.reading import Document
    from orchestration.series.catalog import SERIES
    from orchestration.series.series import Series
    from orchestration.settings import Settings
    from orchestration.warehouse.connection import warehouse_of_parent
    from orchestration.warehouse.ledger import record_sightings
    from orchestration.warehouse.load import LoadResult, as_loaded, load, vintages_done


class LoadingError(Exception):
    """A load that failed in its own process; nothing of it stays. ``trace``: where it failed."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message, trace)
        self.message, self.trace = message, trace

    def __str__(self) -> str:
        return self.message


def load_archived(
    connection: duckdb.DuckDBPyConnection, series: Series, archive: Archive, run_id: str
) -> tuple[LoadResult, list[str]]:
    """Load what is archived of a series and not loaded; the result, and a line per damaged file.

    What is loaded is not opened again: whether it is still as archived is `border verify`'s work.
    """
    damaged: list[str] = []
    new = not_loaded(connection, series, archive)
    loaded = load(connection, series, _documents(archive, new, damaged), run_id)
    loaded.skipped += len(archive.vintages(series)) - len(new)
    # an archive that cannot be read whole does not say what was taken back: what is known stands
    again = None if archive.damages else map(asdict, archive.posted_again(series))
    record_sightings(connection, series.name, map(asdict, archive.sightings(series)), again)
    return loaded, damaged


def not_loaded(
    connection: duckdb.DuckDBPyConnection, series: Series, archive: Archive
) -> list[Sidecar]:
    """The vintages of a series that are archived, and not loaded as their sidecar is now."""
    connection.begin()
    done = vintages_done(connection, series)
    connection.rollback()  # what that made or dropped belongs to the load
    return [it for it in archive.vintages(series) if as_loaded(vars(it)) not in done]


def _documents(
    archive: Archive, new: Iterable[Sidecar], damaged: list[str]
) -> Iterator[tuple[dict[str, Any], Document]]:
    """Sidecar and document of each vintage, one in memory at a time; ``damaged`` is added to."""
    for sidecar in new:
        try:
            document = archive.document(sidecar)
        except ArchiveError as error:
            damaged.append(str(error))
        else:
            yield asdict(sidecar), document


class Loader:
    """A process that loads for the run that holds the warehouse; it begins with the first load,
    or when one is foreseen.

    It ends with ``close``, and at once when this process dies, however that dies: nothing of a load
    that was under way stays. While it loads, this process must not have the warehouse open.
    """

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    def get_ready(self) -> None:
        """Begin the process: it imports what a load needs while this one goes on."""
        try:
            self._begun().submit(import_great_expectations)
        except BrokenProcessPool:
            self.close()  # the load begins another, or says what is wrong

    def load(self, settings: Settings, series: Series, run_id: str) -> tuple[LoadResult, list[str]]:
        """As ``load_archived``. LoadingError if it failed or its process died."""
        try:
            return self._begun().submit(_load, settings, series.name, run_id).result()
        except BrokenProcessPool:
            self.close()
            raise LoadingError(
                f"{series.name}: the process that reads and judges ended before it was done, as "
                "one does that is killed, or for which there is no memory. Nothing of it stays; "
                "run again."
            ) from None

    def _begun(self) -> ProcessPoolExecutor:
        if self._process is None:
            self._process = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), initializer=_end_with_parent
            )
        return self._process

    def close(self) -> None:
        """End the process, when it has done what it does; another load begins a new one."""
        if self._process is not None:
            self._process.shutdown()
            self._process = None


def _load(settings: Settings, series: str, run_id: str) -> tuple[LoadResult, list[str]]:
    try:
        with warehouse_of_parent(settings) as connection:
            return load_archived(connection, SERIES[series], Archive(settings.archive), run_id)
    except Exception as problem:
        # not every exception can go from process to process, and none takes its trace with it
        said = "".join(traceback.format_exception_only(problem)).strip()
        raise LoadingError(said, traceback.format_exc()) from None


def _end_with_parent() -> None:
    """End when the run does: at once where it dies, after the load where Ctrl-C ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process of a pool has one"

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
