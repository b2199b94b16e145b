"""Is the archive as it was written? Every file against its sha256, its sidecar, and the ledger.

Nothing is mended here: each damage says what to do.
"""

import hashlib
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.acquire.archive import Sighting, read_sidecar
from orchestration.log import events
from orchestration.read.hostile_text import plain
from orchestration.settings import Settings
from orchestration.warehouse.query import NothingPublishedError, open_published

IDENTITY = re.compile(r"[0-9a-f]{64}")
FROM_A_BACKUP = "Copy this one file back from a backup"
FETCHED_ANEW = (
    "it is downloaded anew, if the agency still serves it; else find the file and put it into "
    "$BORDER_HOME/inbox/<series>/"
)


@dataclass(frozen=True)
class Damage:
    """Something in the archive that is not as it was written."""

    path: Path
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        """File, found, expected, remedy, in one printable line."""
        return (
            f"{plain(str(self.path), 500)}: found {plain(self.found)}; expected "
            f"{plain(self.expected)}. {self.remedy}."
        )


@dataclass
class Verified:
    """What was looked at (``bytes`` of ``vintages``), and what is damaged."""

    vintages: int = 0
    bytes: int = 0
    damages: list[Damage] = field(default_factory=list)


def verify_archive(settings: Settings) -> Verified:
    """Look at every file of the archive, and for every vintage that the published version names."""
    verified = Verified()
    names: dict[str, set[str]] = {}
    for path in sorted(settings.archive.glob("*")):
        if path.is_dir() and path.name != "incoming":
            for file in sorted(path.iterdir()):
                identity, suffix = file.name[:64], file.name[64:]
                if file.parent.name == identity[:2] and _is_named(identity, suffix):
                    names.setdefault(identity, set()).add(suffix)
                else:
                    verified.damages.append(_stranger(file))
    for identity, suffixes in sorted(names.items()):
        verified.damages += _damages(settings.archive / identity[:2] / identity, suffixes, verified)
    verified.damages += _of_sightings(settings.archive / "sightings.jsonl", names.keys())
    verified.damages += _missing(settings, names.keys())
    for damage in verified.damages:
        events(settings).error("archive damage found", damage=str(damage))
    return verified


def _is_named(identity: str, suffix: str) -> bool:
    return bool(IDENTITY.fullmatch(identity)) and suffix in ("", ".json")


def _stranger(path: Path) -> Damage:
    return Damage(
        path, "a file that the archive does not write", "<sha256> and <sha256>.json only",
        "Nothing reads it: take it away",
    )  # fmt: skip


def _damages(path: Path, suffixes: set[str], verified: Verified) -> Iterator[Damage]:
    """Damages of one vintage, whose bytes lie at ``path``; counts it."""
    sidecar_path = path.with_suffix(".json")
    sidecar, wrong = read_sidecar(sidecar_path) if ".json" in suffixes else (None, None)
    if wrong:
        yield Damage(
            sidecar_path, wrong, "the sidecar of these bytes",
            f"{FROM_A_BACKUP}; or delete it and run again: {FETCHED_ANEW}",
        )  # fmt: skip
    elif sidecar is None:
        yield Damage(
            sidecar_path, "no such file", "the sidecar of the bytes beside it",
            f"A run that was killed leaves that, and the next one completes it: run again. Where "
            f"that does not help: {FROM_A_BACKUP.lower()}",
        )  # fmt: skip
    if "" not in suffixes:
        yield _of_bytes(path, "no such file", "run again")
        return
    verified.vintages += 1
    size = path.stat().st_size
    verified.bytes += size
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != path.name:
        yield _of_bytes(path, f"{size:,} bytes of sha256 {actual}", "delete it and run again")
    elif sidecar and sidecar.bytes != size:
        yield Damage(
            sidecar_path, f"bytes = {sidecar.bytes:,}", f"{size:,}, as the file has",
            f"{FROM_A_BACKUP}; or delete it and run again: {FETCHED_ANEW}",
        )  # fmt: skip


def _of_bytes(path: Path, found: str, otherwise: str) -> Damage:
    return Damage(
        path, found, f"the bytes of sha256 {path.name}",
        f"{FROM_A_BACKUP}; or {otherwise}: {FETCHED_ANEW}",
    )  # fmt: skip


def _of_sightings(path: Path, held: Set[str]) -> Iterator[Damage]:
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
        try:
            vintage_id = Sighting.from_json(line).vintage_id
        except (ValueError, KeyError, TypeError):
            yield Damage(
                path, f"line {number}: no readable sighting", "JSON with the fields of a sighting",
                "A run that was killed leaves that, and the next one records it again: delete "
                "the line",
            )  # fmt: skip
            continue
        if vintage_id not in held:
            yield Damage(
                path, f"line {number}: a sighting of {vintage_id}", "one of a vintage held here",
                f"Copy {vintage_id} and its sidecar back from a backup",
            )  # fmt: skip


def _missing(settings: Settings, held: Set[str]) -> Iterator[Damage]:
    """Vintages that stand in the published version and of which nothing is left here."""
    try:
        with open_published(settings) as connection:
            known = connection.execute(
                "select vintage_id, published_name from meta.vintages order by all"
            ).fetchall()
    except NothingPublishedError:
        return
    for vintage_id, name in known:
        if vintage_id not in held:
            yield Damage(
                settings.archive / vintage_id[:2] / vintage_id,
                "neither the bytes nor their sidecar", f"{name}, which is in the published version",
                f"Copy both back from a backup; or run again: {FETCHED_ANEW}",
            )  # fmt: skip
