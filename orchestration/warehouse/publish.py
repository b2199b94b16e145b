"""From the built file to a published version: copy, complete, swap.

A version is written in a temporary folder, renamed when whole and only then shown at the stable
path, so that a killed run leaves readers what they had. Which versions there are stands in
versions.py, the Parquet, CSV and datapackage.json in package.py, the notes in release_notes.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.big_imports import when_used
from orchestration.log import events
from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.as_of import MacroError, create_macros, prove_macros
from orchestration.warehouse.connection import warehouse_lock
from orchestration.warehouse.dbt_results import dbt_checks
from orchestration.warehouse.difference import Difference, DifferenceError, difference
from orchestration.warehouse.marts import marts_in, one_value
from orchestration.warehouse.package import BANNERS, write_package
from orchestration.warehouse.query import FILE_NAME, stable_path
from orchestration.warehouse.release_notes import release_notes
from orchestration.warehouse.versions import UNFINISHED, PublishingError

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")


@dataclass(frozen=True)
class PublishedVersion:
    """A version that readers now see: its name, its folder, and the rows of each mart."""

    version: str
    path: Path
    rows: dict[str, int]


def publish(
    settings: Settings,
    source_mode: str,
    run_id: str,
    fingerprint: str,
    *,
    run_results: Path | None = None,
    beside: Callable[[Path], object] | None = None,
) -> PublishedVersion:
    """Make ``settings.build`` the current version.

    ``source_mode``: see ``ledger.source_mode_of_accepted``; ``fingerprint``: identity of what the
    file was built from, see ``versions.published_fingerprint``; ``run_results``: dbt's
    run_results.json, whose tests are added to ``meta.checks``; ``beside``: writes what a floor
    above adds to the version's folder (the web page).
    PublishingError, and nothing changed for readers, if a test failed or the file is not fit;
    WarehouseBusyError if another process is building or publishing.
    """
    if source_mode not in BANNERS:
        raise PublishingError(
            f"source mode: found {source_mode!r}; expected one of {', '.join(BANNERS)}. Readers "
            "must be able to tell where the figures come from: give the mode of the run."
        )
    checks = None if run_results is None else dbt_checks(run_results, run_id)
    with warehouse_lock(settings):
        settings.published.mkdir(parents=True, exist_ok=True)
        versions.remove_unfinished(settings)
        built_at = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        name = versions.next_version_name(settings, built_at.date())
        folder = settings.published / f"{UNFINISHED}{name}"
        folder.mkdir()
        finish_file(
            settings.build,
            folder / FILE_NAME,
            name=name,
            built_at=built_at,
            source_mode=source_mode,
            checks=checks,
        )
        rows = _write_beside(settings, folder)
        if beside is not None:
            beside(folder)
        _finish(settings, folder, name)
        versions.make_current(settings, name, run_id, fingerprint)
        removed = versions.remove_old_versions(settings, name)
    events(settings).info(
        "version published",
        run_id=run_id,
        version=name,
        source_mode=source_mode,
        rows=sum(rows.values()),
        versions_removed=removed,
    )
    return PublishedVersion(name, settings.published / name, rows)


def finish_file(
    build: Path,
    file: Path,
    *,
    name: str,
    built_at: datetime,
    source_mode: str,
    checks: pd.DataFrame | None,
) -> None:
    """Make of a built file one that readers open, read-only, under the path ``file``.

    It says what it is (``name``, ``built_at`` in UTC, ``source_mode``) and what dbt tested
    (``checks``: see ``dbt_checks``), and has table macros that answer. PublishingError if the
    built file is not fit.
    """
    _copy_build(build, file)
    _complete(file, name, built_at, source_mode, checks)
    _prove(file)


def _copy_build(build: Path, file: Path) -> None:
    if not build.is_file():
        raise PublishingError(
            f"{build}: no such file; expected the marts and meta that dbt builds. Build first."
        )
    if build.with_name(f"{build.name}.wal").exists():
        raise PublishingError(
            f"{build}: found changes that are not yet in the file (a .wal beside it); expected a "
            "closed file. End what has it open, or build again."
        )
    shutil.copyfile(build, file)


def _complete(
    file: Path, name: str, built_at: datetime, source_mode: str, checks: pd.DataFrame | None
) -> None:
    """Say in the new file what it is and what dbt tested; PublishingError if it is not fit."""
    connection = duckdb.connect(str(file))
    try:
        _refuse_unfit(connection)
        connection.execute(
            "update meta.about set version = ?, built_at = ?, source_mode = ?",
            [name, built_at, source_mode],
        )
        if checks is not None:
            connection.execute("insert into meta.checks by name select * from checks")
        create_macros(connection)
        connection.execute("checkpoint")
    except MacroError as error:
        raise PublishingError(f"build file, {error}") from error
    finally:
        connection.close()
    file.chmod(0o444)  # opened for writing it would lock every reader out


def _prove(file: Path) -> None:
    try:
        prove_macros(file)
    except MacroError as error:
        raise PublishingError(f"{file.name}, {error}") from error


def _refuse_unfit(connection: duckdb.DuckDBPyConnection) -> None:
    # A view holds the name of the database it was built in and breaks under the published name.
    strange = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name not in ('marts', 'meta', 'history') union all "
        "select schema_name || '.' || view_name from duckdb_views() where not internal order by 1"
    ).fetchall()
    if strange:
        names = ", ".join(name for (name,) in strange)
        raise PublishingError(
            f"build file: found {names}; expected only tables, in the schemas marts, meta and "
            "history. "
            "Build these elsewhere, or as tables."
        )
    if not marts_in(connection):
        raise PublishingError(
            "build file: found no table in the schema marts; expected the marts. Build first."
        )
    rows = one_value(connection, "select count(*) from meta.about")
    if rows != 1:
        raise PublishingError(
            f"build file, meta.about: found {rows} rows; expected one. Build the meta models again."
        )


def _write_beside(settings: Settings, folder: Path) -> dict[str, int]:
    """Write the package and the release notes; the rows of each mart."""
    file = folder / FILE_NAME
    found, not_compared = _difference_from_before(settings, file)
    connection = duckdb.connect(str(file), read_only=True)
    try:
        write_package(connection, folder, found.after, marts_in(connection))
    finally:
        connection.close()
    notes = release_notes(found, versions.rolled_back_from(settings), not_compared)
    (folder / "release_notes.md").write_text(notes, encoding="utf-8")
    return {one.table: one.rows_after for one in found.tables if one.rows_after is not None}


def _difference_from_before(settings: Settings, file: Path) -> tuple[Difference, str | None]:
    """The difference from what readers have, or why there is none: notes never stop publishing."""
    before = stable_path(settings)
    if not before.is_file():
        return difference(None, file), None
    try:
        return difference(before, file), None
    except DifferenceError as error:
        return difference(None, file), str(error)


def _finish(settings: Settings, folder: Path, name: str) -> None:
    """Give the finished folder its name; all of it is on the disk before the name is."""
    for path in [*folder.rglob("*"), folder]:
        versions.sync(path)
    folder.rename(settings.published / name)
    versions.sync(settings.published)
