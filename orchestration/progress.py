"""What a person sees of a run while it goes on: stages as lines, downloads as bars.

Written to standard error; bars only where that is a terminal. The summary is printed by
run_summary.py.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

STEPS = {
    "publications": "acquire",
    "raw": "load and judge",
    "models": "build",
    "published": "publish",
}


def stage_title(step_key: str) -> str:
    """A step's key in words: `raw__ohss_monthly_tables` is `load and judge ohss_monthly_tables`."""
    layer, _, series = step_key.partition("__")
    return f"{STEPS.get(layer, layer)} {series}".strip()


@contextmanager
def download_bars(series: str) -> Iterator[Callable[[int, int | None, str], None]]:
    """A callback (bytes so far, bytes in all, published name) that draws one bar per file."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        tasks = {}

        def show(so_far: int, total: int | None, name: str) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(f"{series} {name}", total=total)
            bars.update(tasks[name], completed=so_far)

        yield show


class _StageLines(logging.Handler):
    """One line when a step of a run ends, from Dagster's own events."""

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if not isinstance(event, dg.DagsterEvent) or event.step_key is None:
            return
        title = stage_title(event.step_key)
        if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
            seconds = event.step_success_data.duration_ms / 1000
            sys.stderr.write(f"{title}: {seconds:.1f} s\n")
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            sys.stderr.write(f"{title}: failed\n")


@dg.logger({}, description="One line per finished step, for a person who waits for a run.")
def stage_lines(_: dg.InitLoggerContext) -> logging.Logger:
    """The logger `stages` of every job."""
    logger = logging.getLogger("border.stages")
    logger.handlers = [_StageLines()]
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    return logger
