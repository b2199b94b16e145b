"""How a home stands, as the one JSON document of `border status --json`.

Its keys are documented in docs/how_it_works.md; programs rely on them. Nothing here waits for a run
or keeps one from starting: the published file and the log of events are read, no lock is taken.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.log import logged_events
from orchestration.settings import Settings
from orchestration.warehouse.quarantined import quarantined_in
from orchestration.warehouse.query import open_published, stable_path
from orchestration.warehouse.status import series_status
from orchestration.warehouse.versions import about_in, rolled_back_from

#: of the document; a key is added without a new number, never taken away or given another meaning
FORMAT = 1


def status_document(settings: Settings, today: date | None = None) -> dict[str, Any]:
    """The version, its series and quarantines, the last run, and bytes on the disk.

    ``version``, ``created_at`` and ``source_mode`` are None where nothing is published; ``series``
    and ``quarantined`` are empty then. Days and times are ISO 8601, times in UTC.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": None,
        "created_at": None,
        "source_mode": None,
        "rolled_back_from": None,
        "series": [],
        "quarantined": [],
        "last_run": _last_run(settings),
        "bytes": _bytes(settings),
    }
    if stable_path(settings).is_file():
        document |= _published(settings, today)
    return document


def _published(settings: Settings, today: date | None) -> dict[str, Any]:
    with open_published(settings) as connection:  # held: all below see this one version
        shown = about_in(connection)
        refused = quarantined_in(connection, "meta")
        series = series_status(settings, today=today)
        rolled_back = rolled_back_from(settings)
    return {
        "version": shown.version,
        "created_at": f"{shown.built_at.isoformat()}Z",
        "source_mode": shown.source_mode,
        "rolled_back_from": rolled_back,
        "series": [
            asdict(one)
            | {
                "coverage_end": one.coverage_end and one.coverage_end.isoformat(),
                "is_late": one.is_late,
            }
            for one in series
        ],
        "quarantined": [
            {"vintage_id": vintage_id, **asdict(one)}
            | {"known_on": one.known_on and one.known_on.isoformat()}
            for (vintage_id, _), one in refused.items()
        ],
    }


def _last_run(settings: Settings) -> dict[str, Any] | None:
    """The run that began last, from the log of events; None where the log knows of none.

    A run that goes on, or was killed and not noticed yet, has the status 'started'.
    """
    run: dict[str, Any] | None = None
    for event in logged_events(settings):
        if event.get("event") == "run started":
            run = {
                "run_id": event.get("run_id"),
                "job": event.get("job"),
                "started_at": event.get("timestamp"),
                "ended_at": None,
                "status": "started",
                "seconds": None,
                "stages": {},
            }
        elif run is None or event.get("run_id") != run["run_id"]:
            continue
        elif event.get("event") == "stage ended":
            run["stages"][event.get("stage")] = event.get("seconds")
        elif event.get("event") == "run ended":
            run |= {
                "ended_at": event.get("timestamp"),
                "status": event.get("status"),
                "seconds": event.get("seconds"),
            }
    return run


def _bytes(settings: Settings) -> dict[str, int]:
    """Bytes of the parts of a home that grow; a file with two names counts once."""
    parts = {
        "archive": settings.archive,
        "published": settings.published,
        "warehouse": settings.warehouse,
        "build": settings.build,
        "dagster": settings.dagster_home,
        "logs": settings.logs,
    }
    return {name: sum(dict(_sizes(path)).values()) for name, path in parts.items()}


def _sizes(path: Path) -> Iterator[tuple[int, int]]:
    """Inode and size of a file, or of each below a folder; what a run takes away meanwhile, not."""
    below = (Path(folder) / name for folder, _, names in os.walk(path) for name in names)
    for file in below if path.is_dir() else [path]:
        try:
            found = file.stat()
        except FileNotFoundError:
            continue
        yield found.st_ino, found.st_size
