"""Lay out $BORDER_HOME: the Dagster instance that lives there, with telemetry off."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from orchestration.settings import PROJECT_ROOT, Settings

INSTANCE_CONFIG = PROJECT_ROOT / "orchestration" / "dagster.yaml"


def prepare_home(settings: Settings) -> None:
    """Create the home and its Dagster instance configuration; point this process at them."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    target = settings.dagster_home / "dagster.yaml"
    if not target.is_file() or target.read_bytes() != INSTANCE_CONFIG.read_bytes():
        shutil.copyfile(INSTANCE_CONFIG, target)
    os.environ["BORDER_HOME"] = str(settings.home)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"


@contextmanager
def quick_event_log() -> Iterator[None]:
    """Let Dagster's SQLite event log not wait for the disk at each of a run's 1,000 commits.

    Dagster opens a connection per event: each commit is flushed, and each close of the last
    connection copies the write-ahead log back (together three fifths of the time of an event).
    NORMAL flushes at checkpoints only, and one idle connection per file makes no close the last. A
    power cut can cost the last events of the run's history, never the file, and no figure.
    """
    idle: dict[str, sqlite3.Connection] = {}

    def opened(connection: Any, _record: object) -> None:  # noqa: ANN401  # SQLAlchemy's own type
        connection.execute("pragma synchronous = normal")
        file = connection.execute("pragma database_list").fetchone()[2]
        if file and file not in idle:
            idle[file] = sqlite3.connect(file, check_same_thread=False)
            idle[file].execute("select count(*) from sqlite_master").fetchone()

    event.listen(Engine, "connect", opened)
    try:
        yield
    finally:
        event.remove(Engine, "connect", opened)
        for connection in idle.values():
            connection.close()
