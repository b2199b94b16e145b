"""What each receiver was told, remembered in the home, so that nothing is told twice.

One file, replaced in one step after each message that was delivered. A receiver is a URL; the file
holds a short digest of it, never the URL.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, get_args

from orchestration.settings import Settings
from orchestration.warehouse.versions import write_whole

Kind = Literal["failed run", "quarantine", "unexplained", "late", "version"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: what a receiver was told and still holds, by kind: keys of runs, vintages, totals, silences;
#: of ``version`` the newest one
Told = Mapping[Kind, frozenset[str]]

FORMAT = 1


class AlertsError(Exception):
    """Alerts that cannot be sent now. Nothing was told, nothing is lost; it says what to do."""


class Memory:
    """What the receivers of a home were told; open while its file is locked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told = _read(settings)

    def told(self, receiver: str) -> Told | None:
        """What a receiver was told; None if it was never told anything."""
        return self._told.get(receiver)

    def remember(self, receiver: str, told: Told) -> None:
        """Keep what a receiver was told, on the disk when this returns."""
        self._told[receiver] = told
        self.write()

    def write(self) -> None:
        """Write the file anew; OSError where the disk will not have it."""
        content = {
            "format": FORMAT,
            "receivers": {
                receiver: {kind: sorted(told.get(kind, ())) for kind in KINDS}
                for receiver, told in self._told.items()
            },
        }
        write_whole(self._settings.alerts, json.dumps(content, indent=1) + "\n")


@contextmanager
def memory(settings: Settings) -> Iterator[Memory]:
    """The memory of a home, for this process alone; AlertsError while another one is sending."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with settings.alerts.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlertsError(
                f"{settings.alerts}: found another process sending alerts; expected none. Nothing "
                "to do: what is left is sent at the next run, or by the daemon within a minute."
            ) from None
        yield Memory(settings)


def _read(settings: Settings) -> dict[str, Told]:
    path = settings.alerts
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']!r}")
        return {
            receiver: {kind: frozenset(map(str, told[kind])) for kind in KINDS}
            for receiver, told in content["receivers"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AlertsError(
            f"{path}: found what cannot be read as a record of alerts ({error}); expected format "
            f"{FORMAT}. Delete the file: each receiver is then told once how things stand."
        ) from error
