"""The log of events: one JSON object a line in $BORDER_HOME/logs/events.jsonl, for programs.

What happened is logged where it happens; which events there are stands in docs/how_it_works.md.
What a person sees of a run is progress.py's and run_summary.py's. Nothing here goes to stdout.
"""

import fcntl
import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from orchestration.read.hostile_text import plain
from orchestration.settings import Settings

FILE_NAME = "events.jsonl"
#: a file of this size is put aside (a day of runs writes some 100 kB), and so many are kept
MOST_BYTES = 5_000_000
KEPT_FILES = 4
#: letters of a text, and members of a list, that a line carries
LETTERS = 1000
LISTED = 50

_FIRST = ("timestamp", "level", "event", "run_id", "series", "vintage")


def events(settings: Settings) -> FilteringBoundLogger:
    """The log of a home: ``events(settings).info("vintage archived", vintage=..., bytes=...)``.

    ``structlog.contextvars.bound_contextvars(run_id=..., series=...)`` says for all lines inside
    whose they are. Give URLs without their keys, and no secret: a line is read by others. A log
    that cannot be written stops nothing.
    """
    return _logger(settings.logs / FILE_NAME)


def logged_events(settings: Settings) -> Iterator[dict[str, Any]]:
    """All events that are kept, oldest first; a line that a power cut left half is left out."""
    newest = settings.logs / FILE_NAME
    aside = [newest.with_name(f"{FILE_NAME}.{age}") for age in range(KEPT_FILES, 0, -1)]
    for path in (*aside, newest):
        try:
            lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            continue
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event


class _EventFile(RotatingFileHandler):
    """Whole lines and safe rotation, however many processes write.

    The standard library's handler is made for one process. Here each line is written under a lock
    of the kernel's that is held from opening the file to closing it: no one else can write, or put
    the file aside, in between. A killed process leaves no lock behind.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=MOST_BYTES, backupCount=KEPT_FILES, delay=True, encoding="ascii"
        )
        self._lock_file = path.with_suffix(".lock")
        self._said = False

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line."""
        try:
            self._lock_file.parent.mkdir(parents=True, exist_ok=True)
            with self._lock_file.open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                super().emit(record)
                stream: TextIOWrapper | None = self.stream
                self.stream = None  # type: ignore[assignment]  # as after a rotation
                if stream is not None:
                    stream.close()
        except OSError:
            self.handleError(record)

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        with Path(self.baseFilename).open("rb") as written:
            if written.seek(0, 2):
                written.seek(-1, 2)
                if written.read(1) != b"\n":  # a full disk or a power cut: the line ends here
                    stream.write("\n")
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # its name there
        """Say once that the log is not written; the work goes on without it."""
        if not self._said:
            self._said = True
            sys.stderr.write(
                f"{self.baseFilename}: found '{sys.exc_info()[1]}'; expected a log that can be "
                "written. The work goes on without it: free some space, or mend its permissions.\n"
            )


def _printable(value: object) -> object:
    """A value as JSON can hold it; text of others as one line that cannot run on for ever."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _printable(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_printable(one) for one in value[:LISTED]]
    return plain(str(value), LETTERS)


def _in_order(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Who and what first, then the rest, each printable."""
    names = [name for name in _FIRST if name in event]
    return {name: _printable(event[name]) for name in dict.fromkeys([*names, *event])}


@cache
def _logger(path: Path) -> FilteringBoundLogger:
    # not one of logging.getLogger: no handler of Dagster's, dbt's or a test's hears it
    to_file = logging.Logger(FILE_NAME, logging.INFO)
    to_file.addHandler(_EventFile(path))
    logger: FilteringBoundLogger = structlog.wrap_logger(
        to_file,
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _in_order,
            structlog.processors.JSONRenderer(),  # ASCII: a control code cannot stand in a line
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return logger
