"""The one way to open the private warehouse: locked, always closed.

What the warehouse holds is in ledger.py and load.py; the published file has readers of its own.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.marts import open_for_reading

#: Locks this process holds, by file: how often they were taken, and the open lock file.
_held: dict[Path, tuple[int, IO[str]]] = {}


class WarehouseBusyError(Exception):
    """Another process is at work in the warehouse. Nothing was changed."""

    def __init__(self, warehouse_file: Path, owner: str) -> None:
        super().__init__(
            f"{warehouse_file}: found {owner} at work in it; expected no other "
            "user, because DuckDB has one writer. Wait until that process has ended (or end it), "
            "then start again: a run does again whatever was not finished."
        )


def _owner(lock: IO[str]) -> str:
    lock.seek(0)
    pid = lock.read().strip()
    return f"process {pid}" if pid else "another process"


@contextmanager
def warehouse_lock(settings: Settings) -> Iterator[None]:
    """Hold the warehouse for this process, for one step or, taken around it, for a whole run.

    A second process is refused at once instead of waiting: a run is scheduled again and takes all
    that is new, so runs that queue up would find nothing to do, and a hung run would hang them all.
    The lock is the kernel's (flock), so a killed process leaves none behind. This process may take
    it again inside itself. Raises WarehouseBusyError, which names the owner's process id.
    """
    path = settings.warehouse.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    times, lock = _held.get(path, (0, None))
    if lock is None:
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(lock)
            lock.close()
            raise WarehouseBusyError(settings.warehouse, owner) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
    _held[path] = (times + 1, lock)
    try:
        yield
    finally:
        times, lock = _held[path]
        if times > 1:
            _held[path] = (times - 1, lock)
        else:
            del _held[path]
            lock.truncate(0)
            lock.close()


@contextmanager
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse, open for reading and writing and closed again whatever happens.

    Raises WarehouseBusyError when another process has it open (a run, or a person's DuckDB shell).
    """
    with warehouse_lock(settings), _opened(settings, duckdb.connect) as connection:
        yield connection


@contextmanager
def reading_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse, locked down as a published file is, and no run beside it.

    Raises WarehouseBusyError as ``warehouse`` does.
    """
    with warehouse_lock(settings), _opened(settings, open_for_reading) as connection:
        yield connection


@contextmanager
def warehouse_of_parent(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private warehouse as ``warehouse`` opens it, in a child of the process with the lock."""
    with _opened(settings, duckdb.connect) as connection:
        yield connection


@contextmanager
def _opened(
    settings: Settings, connect: Callable[[str], duckdb.DuckDBPyConnection]
) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = connect(str(settings.warehouse))
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        pid = re.search(r"PID (\d+)", str(error))
        owner = f"process {pid[1]}" if pid else "another process"
        raise WarehouseBusyError(settings.warehouse, owner) from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of what is done within, or nothing of it."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(duckdb.TransactionException):  # one whose commit failed (full disk) is over
            connection.rollback()
        raise
