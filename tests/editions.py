"""Versions that say in each row which they are, and readers in other processes while they come."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import stable_path
from tests.build_file import change_build, make_build


def publish_edition(settings: Settings, rows: int = 50_000) -> str:
    """Publish a version whose mart ``edition`` holds the version's own name in every row."""
    name = versions.next_version_name(settings, datetime.now(UTC).date())
    make_build(settings)
    change_build(
        settings, f"create table marts.edition as select '{name}' as version from range({rows})"
    )
    assert publish(settings, "live", "run-1", "accepted-1").version == name
    return name


def start(script: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, text=True, **options)


def read_while_publishing(
    settings: Settings, folder: Path, reader: str, *arguments: object, readers: int, swaps: int,
    pause: float, rows: int = 50_000,
) -> tuple[list[str], list[dict[str, Any]]]:  # fmt: skip
    """The versions published, and what each reader answered; none of them may end with an error.

    ``reader``: a script that is given the stable path, the file whose coming tells it to stop, the
    file for its answer (JSON), and ``arguments``. ``pause``: seconds between two versions.
    """
    published = [publish_edition(settings, rows)]
    stop, stable = folder / "stop", stable_path(settings)
    answers = [folder / f"reader-{number}.json" for number in range(readers)]
    started = [
        start(reader, stable, stop, answer, *arguments, stderr=subprocess.PIPE)
        for answer in answers
    ]
    try:
        for _ in range(swaps):
            published.append(publish_edition(settings, rows))
            time.sleep(pause)
        stop.touch()
        errors = [one.communicate(timeout=120)[1] for one in started]
    finally:
        for one in started:
            one.kill()
    assert errors == [""] * readers
    return published, [json.loads(answer.read_text()) for answer in answers]
