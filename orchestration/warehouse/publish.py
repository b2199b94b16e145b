"""From the built file to a published version: copy, complete, swap.

A version is written in a temporary folder, renamed when whole and only then shown at the stable
path, so that a killed run leaves readers what they had. Which versions there are stands in
versions.py, the Parquet, CSV and datapackage.json in package.py, the notes in release_notes.py.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.as_of import MacroError, create_macros, prove_macros
from orchestration.warehouse.connection import warehouse_lock
from orchestration.warehouse.dbt_results import dbt_checks
from orchestration.warehouse.marts import marts_in, one_value
from orchestration.warehouse.package import BANNERS, write_package
from orchestration.warehouse.query import FILE_NAME, open_published, stable_path
from orchestration.warehouse.release_notes import Contents, contents, release_notes
from orchestration.warehouse.versions import UNFINISHED, PublishingError


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
    run_results: Path | None = None,
) -> PublishedVersion:
    """Make ``settings.build`` the current version.

    ``source_mode``: 'live', 'folder' or 'sample'; ``fingerprint``: identity of what the file was
    built from, see ``versions.published_fingerprint``; ``run_results``: dbt's run_results.json,
    whose tests are added to ``meta.checks``.
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
        _copy_build(settings, folder / FILE_NAME)
        _complete(folder / FILE_NAME, name, built_at, source_mode, checks)
        _prove(folder / FILE_NAME)
        rows = _write_beside(settings, folder)
        _finish(settings, folder, name)
        versions.make_current(settings, name, run_id, fingerprint)
        versions.remove_old_versions(settings, name)
    return PublishedVersion(name, settings.published / name, rows)


def _copy_build(settings: Settings, file: Path) -> None:
    build = settings.build
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
    before = _contents_before(settings)
    connection = duckdb.connect(str(folder / FILE_NAME), read_only=True)
    try:
        new = contents(connection)
        write_package(connection, folder, new.about, marts_in(connection))
    finally:
        connection.close()
    notes = release_notes(new, before)
    (folder / "release_notes.md").write_text(notes, encoding="utf-8")
    return {mart: int(figures["rows"] or 0) for mart, figures in new.figures.items()}


def _contents_before(settings: Settings) -> Contents | None:
    if not stable_path(settings).is_file():
        return None
    with open_published(settings) as connection:
        return contents(connection)


def _finish(settings: Settings, folder: Path, name: str) -> None:
    """Give the finished folder its name; all of it is on the disk before the name is."""
    for path in [*folder.rglob("*"), folder]:
        versions.sync(path)
    folder.rename(settings.published / name)
    versions.sync(settings.published)
