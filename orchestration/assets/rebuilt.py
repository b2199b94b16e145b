"""The tables as they would have been published on a past day, from the archive, with today's code.

A file of its own: neither the published version nor the build file nor the ledger is touched. What
the published file itself answers for a past day is as_of.py's; tests/replay proves that both agree.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from orchestration.acquire.archive import Archive
from orchestration.assets.build import dbt_folder, run_results, what_failed
from orchestration.assets.manifest import run_dbt
from orchestration.loading import load_archived
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse, warehouse_lock
from orchestration.warehouse.dbt_results import dbt_checks
from orchestration.warehouse.known_then import forget_what_was_not_known
from orchestration.warehouse.ledger import source_mode_of_accepted
from orchestration.warehouse.marts import figures, marts_in, reading
from orchestration.warehouse.publish import finish_file
from orchestration.warehouse.query import FILE_NAME
from orchestration.warehouse.versions import UNFINISHED, PublishingError


@dataclass(frozen=True)
class RebuiltFile:
    """A rebuilt file: its path, the vintages known then, the rows of its marts.

    ``damaged``: a line per file of the archive that could not be read; it is not in the tables.
    """

    path: Path
    vintages: int
    rows: int
    damaged: list[str]


def rebuild_as_of(settings: Settings, day: date) -> RebuiltFile:
    """Build ``rebuilt/<day>/border.duckdb`` from all that was known on ``day``.

    It is what `border run` would have published then: marts, meta, history and table macros. Where
    one stands already it is replaced, when the new one is whole. UnknownThenError if nothing was
    known; PublishingError if a model or test failed; WarehouseBusyError if a run is at work.
    """
    name = f"as-of-{day}"
    with warehouse_lock(settings), _workplace(settings, day) as there:
        archive = Archive(settings.archive)
        damaged = archive.damages
        with warehouse(there) as connection:
            for series in SERIES.values():
                damaged += load_archived(connection, series, archive, name)[1]
            vintages = forget_what_was_not_known(connection, day, SERIES)
            source_mode = source_mode_of_accepted(connection)
        _build(there, day)
        finished = there.home / FILE_NAME
        finish_file(
            there.build,
            finished,
            name=name,
            built_at=datetime.now(UTC).replace(microsecond=0, tzinfo=None),
            source_mode=source_mode,
            checks=dbt_checks(run_results(there), name),
        )
        with reading(finished) as connection:
            rows = sum(int(figures(connection, it)["rows"] or 0) for it in marts_in(connection))
        path = settings.home / "rebuilt" / str(day) / FILE_NAME
        path.parent.mkdir(exist_ok=True)
        finished.replace(path)
    return RebuiltFile(path, vintages, rows, damaged)


@contextmanager
def _workplace(settings: Settings, day: date) -> Iterator[Settings]:
    """A home for this build alone, with a copy of the warehouse, gone afterwards."""
    folder = settings.home / "rebuilt" / f"{UNFINISHED}{day}"
    shutil.rmtree(folder, ignore_errors=True)  # of a rebuild that was killed
    folder.mkdir(parents=True)
    there = replace(settings, home=folder)
    try:
        if settings.warehouse.is_file():
            with warehouse(settings):
                pass  # opened and closed: what a killed run left beside the file is in it now
            shutil.copyfile(settings.warehouse, there.warehouse)
        yield there
    finally:
        shutil.rmtree(folder)


def _build(there: Settings, day: date) -> None:
    """One `dbt build`; ages in meta.freshness are those of ``day``."""
    said = run_dbt(
        *("build", "--exclude-resource-type", "unit_test", "--vars", f"{{built_at: '{day}'}}"),
        home=there.home,
        target=dbt_folder(there),
    )
    if said.returncode:
        raise PublishingError(
            f"as of {day}: {what_failed(run_results(there))} Nothing was rebuilt.\n{said.stdout}"
        )
