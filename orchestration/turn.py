"""A run's turn at the warehouse: it waits until nobody else is at work, and shows that it lives.

The lock itself stands in warehouse/connection.py; what is done in a turn, in the assets.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from orchestration.log import events
from orchestration.settings import Settings
from orchestration.warehouse.connection import WarehouseBusyError, warehouse, warehouse_lock

#: how long a run waits for whoever is at work; a cold run on everything held takes minutes
LONGEST_WAIT_SECONDS = 3600.0
#: a run that has begun shows by then that it lives (it imports what it runs first)
SHOWS_LIFE_AFTER = timedelta(minutes=2)

_UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.resource(description="Held by a run from its first step to its last: no other one is at work.")
def warehouse_turn(context: dg.InitResourceContext) -> Iterator[None]:
    """Wait for the warehouse, then hold it. dg.Failure after an hour: nothing was begun.

    Runs of the queue follow each other anyway; this is for those beside it: `border rebuild`,
    `border publish`, a person's DuckDB shell, or a `border run` that began in the same second.
    """
    settings = Settings()
    with (
        _alive(settings, context.run_id or ""),
        _held_warehouse(settings, context.log.info if context.log else print),
    ):
        yield


def close_dead_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Report runs whose process is gone as failed; their ids.

    A killed process cannot report its run: it would stay 'started' for ever, and the queue, which
    lets one run through at a time, would stand still.
    """
    closed = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED)):
        run = record.dagster_run
        silent = datetime.now(UTC) - record.update_timestamp.replace(tzinfo=UTC)
        if _is_alive(settings, run.run_id) or (
            silent < SHOWS_LIFE_AFTER and not _shows_life(settings, run.run_id).exists()
        ):
            continue
        instance.report_run_failed(
            run,
            "Its process ended before the run did. Nothing half done is ever read: the next run "
            "does again what is missing.",
        )
        events(settings).error("run ended", run_id=run.run_id, job=run.job_name, status="killed")
        _shows_life(settings, run.run_id).unlink(missing_ok=True)
        closed.append(run.run_id)
    return closed


def _shows_life(settings: Settings, run_id: str) -> Path:
    return settings.dagster_home / "alive" / run_id


@contextmanager
def _alive(settings: Settings, run_id: str) -> Iterator[None]:
    """Hold the kernel's lock on the run's own file: it goes with the process, however that ends."""
    path = _shows_life(settings, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_alive(settings: Settings, run_id: str) -> bool:
    try:
        with _shows_life(settings, run_id).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def _held_warehouse(settings: Settings, say: Callable[[str], object]) -> Iterator[None]:
    began, told = time.monotonic(), False
    while True:
        try:
            held = _take(settings)
            break
        except WarehouseBusyError as busy:
            waited = time.monotonic() - began
            if waited > LONGEST_WAIT_SECONDS:
                raise dg.Failure(f"waited for {waited / 60:.0f} minutes. {busy}") from None
            if not told:
                say(f"waiting for the warehouse, {LONGEST_WAIT_SECONDS / 60:.0f} minutes at most: "
                    f"{busy}")  # fmt: skip
                told = True
            time.sleep(1)
    with held:
        if told:
            say(f"the warehouse is free, after {time.monotonic() - began:.0f} seconds")
        yield


def _take(settings: Settings) -> ExitStack:
    """The warehouse, held until the stack is closed. WarehouseBusyError if another is at work.

    It is opened once: who has the file open without our lock (a shell, a dbt that outlived its
    killed run) is noticed before the first step.
    """
    with ExitStack() as held:
        held.enter_context(warehouse_lock(settings))
        with warehouse(settings):
            pass
        return held.pop_all()
