"""The published versions: which there are, which one is current, which are kept.

``published/<version>/`` is one complete version; ``published/border.duckdb`` is the stable path
that analysts open, always one whole version; ``published/current.json`` names that version for
programs that do not open DuckDB. What a version holds is written by publish.py.
"""

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.log import events
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse_lock
from orchestration.warehouse.marts import reading
from orchestration.warehouse.query import FILE_NAME, open_published, stable_path

UNFINISHED = ".tmp-"
_VERSION_NAME = re.compile(r"\d{4}\.\d{2}\.\d{2}\.\d+")


class PublishingError(Exception):
    """A version that may not or cannot be published. Nothing that readers see was changed."""


@dataclass(frozen=True)
class About:
    """What the file at the stable path says of itself (table ``meta.about``; built_at in UTC)."""

    version: str
    built_at: datetime
    source_mode: str
    notice: str


@dataclass(frozen=True)
class Version:
    """One version folder. ``built_at`` in UTC; ``rows``: of all marts."""

    version: str
    path: Path
    built_at: datetime
    source_mode: str
    rows: int
    is_current: bool


def about(settings: Settings) -> About:
    """What the current version says of itself; NothingPublishedError if there is none."""
    with open_published(settings) as connection:
        return about_in(connection)


def about_in(connection: duckdb.DuckDBPyConnection) -> About:
    """The one row of ``meta.about`` of an open file; publish refuses a file with another number."""
    row = connection.execute(
        "select version, built_at, source_mode, notice from meta.about"
    ).fetchone()
    assert row is not None
    return About(*row)


def current_version(settings: Settings) -> str | None:
    """The name of the version at the stable path, from the file itself; None if there is none."""
    return about(settings).version if stable_path(settings).is_file() else None


def published_fingerprint(settings: Settings) -> str | None:
    """What the current version was built from, as given to ``publish``; None if not known.

    A run killed between swapping the file and recording it leaves a record of another version.
    """
    current = _recorded(settings)
    return current["fingerprint"] if current else None


def rolled_back_from(settings: Settings) -> str | None:
    """The version published last, where ``rollback`` shows readers an older one; else None."""
    current = _recorded(settings)
    return current.get("rolled_back_from") if current else None


def _recorded(settings: Settings) -> dict[str, str] | None:
    """What current.json says of the version at the stable path; None if not of that one."""
    path = settings.published / "current.json"
    if not path.is_file():
        return None
    current: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return current if current["version"] == current_version(settings) else None


def list_versions(settings: Settings) -> list[Version]:
    """All complete versions, newest first."""
    current = current_version(settings)
    return [
        _version(settings.published / name, name == current) for name in _version_names(settings)
    ]


def _version(folder: Path, is_current: bool) -> Version:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    built_at = datetime.fromisoformat(package["created"]).replace(tzinfo=None)
    rows = sum(resource.get("rows", 0) for resource in package["resources"])
    return Version(folder.name, folder, built_at, package["source_mode"], rows, is_current)


def _version_names(settings: Settings) -> list[str]:
    if not settings.published.is_dir():
        return []
    names = [p.name for p in settings.published.iterdir() if _VERSION_NAME.fullmatch(p.name)]
    return sorted(names, key=_order, reverse=True)


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("."))


def is_older(version: str, than: str) -> bool:
    """Whether a version was published before another one, from their names."""
    return _order(version) < _order(than)


def next_version_name(settings: Settings, on: date) -> str:
    """The day and a counter that starts at 1 each day, e.g. ``2026.11.24.1``."""
    day = f"{on:%Y.%m.%d}"
    counters = [_order(name)[-1] for name in _version_names(settings) if name.startswith(day)]
    return f"{day}.{max(counters, default=0) + 1}"


def rollback(settings: Settings, version: str) -> None:
    """Let readers have ``version`` again; nothing is deleted and nothing is built.

    It stands until something new is accepted (or the models change): what the version published
    last was built from stays on record, so that a run which finds nothing new leaves it alone. The
    next version published takes its place, and its release notes say so.
    PublishingError, and nothing changed, if there is no such version or it is damaged;
    WarehouseBusyError while a run is going on.
    """
    with warehouse_lock(settings):
        _refuse_to_show(settings, version)
        current = _recorded(settings)
        if current is None:
            raise PublishingError(
                f"{settings.published / 'current.json'}: found no record of the version that is "
                "shown; expected one, without which the next run would undo this. A publish was "
                "cut short: type `border run` first, then roll back."
            )
        newest = current.get("rolled_back_from", current["version"])
        make_current(
            settings,
            version,
            current["run_id"],
            current["fingerprint"],
            None if version == newest else newest,
        )
    events(settings).info("rolled back", version=version, before=current["version"])


def _refuse_to_show(settings: Settings, version: str) -> None:
    names = _version_names(settings)
    if version not in names:
        raise PublishingError(
            f"{settings.published}: found no version {version!r}; expected one of "
            f"{', '.join(names) or 'none: nothing was published here'}. See `border versions`."
        )
    file = settings.published / version / FILE_NAME
    try:
        with reading(file) as connection:
            says = about_in(connection).version
    except duckdb.Error as error:
        raise PublishingError(
            f"{file}: found a file that cannot be read ({error}); expected version {version}. "
            "Readers keep what they have: choose another version."
        ) from error
    if says != version:
        raise PublishingError(
            f"{file}, meta.about: found version {says}; expected {version}. Readers keep what they "
            "have: choose another version."
        )


def make_current(
    settings: Settings,
    version: str,
    run_id: str,
    fingerprint: str,
    rolled_back_from: str | None = None,
) -> None:
    """Let the stable path show ``version``, in one step; call it under the warehouse's lock.

    The path gets a link to the version's file (a copy where the disk has no links). Whoever has
    the file open keeps the one it opened. ``fingerprint``: what ``published_fingerprint`` returns,
    and ``rolled_back_from`` likewise.
    """
    target = settings.published / version / FILE_NAME
    unfinished = settings.published / f"{UNFINISHED}{FILE_NAME}"
    unfinished.unlink(missing_ok=True)
    try:
        unfinished.hardlink_to(target)
    except OSError:
        shutil.copy2(target, unfinished)
        sync(unfinished)
    unfinished.replace(stable_path(settings))
    unfinished.unlink(missing_ok=True)  # replacing a link by its like leaves both
    sync(settings.published)
    current = {"version": version, "run_id": run_id, "fingerprint": fingerprint}
    if rolled_back_from is not None:
        current["rolled_back_from"] = rolled_back_from
    write_whole(settings.published / "current.json", json.dumps(current, indent=2) + "\n")


def remove_unfinished(settings: Settings) -> None:
    """Remove what a killed run left half written; call it under the warehouse's lock."""
    for path in settings.published.glob(f"{UNFINISHED}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def remove_old_versions(settings: Settings, current: str) -> list[str]:
    """Remove all but the newest ``keep_versions`` and the current one; the names removed."""
    old = [name for name in _version_names(settings)[settings.keep_versions :] if name != current]
    for name in old:
        # Renamed first: a run killed in the middle must not leave half a version under its name.
        unfinished = settings.published / f"{UNFINISHED}{name}"
        (settings.published / name).rename(unfinished)
        shutil.rmtree(unfinished)
    return old


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that it is there whole, or as it was, even after a power cut."""
    unfinished = path.with_name(f"{UNFINISHED}{path.name}")
    unfinished.write_text(text, encoding="utf-8")
    sync(unfinished)
    unfinished.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the disk hold this file, or the names in this folder, before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
