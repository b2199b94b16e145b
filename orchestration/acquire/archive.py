"""The archive: every vintage once, under its sha256, with a sidecar. Nothing is changed or deleted.

    archive/<first two of sha256>/<sha256>        the bytes as published
    archive/<first two of sha256>/<sha256>.json   its Sidecar, written after the bytes
    archive/sightings.jsonl                       the same bytes seen again, elsewhere or later
    archive/incoming/                             half-written files; never read

What is in the bytes, and whether they count, stands in the ledger.
"""

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from orchestration.acquire.provenance import VALIDATORS, Capture, Precision, Provenance
from orchestration.read.hostile_text import plain
from orchestration.read.reading import Document
from orchestration.series.series import Series
from orchestration.warehouse.ledger import captured_on
from orchestration.warehouse.versions import sync

#: A half-written file this old belongs to no living run.
ABANDONED_AFTER_SECONDS = 3600.0
#: A server may say 'not modified' of a file that was (an ETag that stays): it is believed so long,
#: then the file is downloaded again, and seen again if it is the same.
BELIEVED_FOR = timedelta(days=30)
#: how a wrong provenance is mended: nothing here writes over one
ANOTHER_SIDECAR = (
    "delete this sidecar and run again: it is written anew, and the file is judged again"
)


class ArchiveError(Exception):
    """The archive could not be written, or does not hold what it should. Names file and remedy."""


@dataclass(frozen=True, kw_only=True)
class Sidecar(Provenance):
    """A vintage in the archive: its identity (sha256), its size, its provenance."""

    vintage_id: str
    bytes: int

    def to_json(self) -> str:
        """One line; times in ISO 8601."""
        values = dataclasses.asdict(self)
        return json.dumps(values, sort_keys=True, default=lambda moment: moment.isoformat())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The sidecar of a line. Raises ValueError, KeyError or TypeError if it is no sidecar."""
        values: dict[str, Any] = json.loads(text)
        if not isinstance(values, dict):
            raise TypeError("it holds no names and values")
        for name in {"captured_at", "fetched_at", "seen_at"} & values.keys():
            values[name] = values[name] and datetime.fromisoformat(values[name])
            if values[name] and values[name].tzinfo is None:
                raise ValueError(f"{name} has no time zone")
        if not values["fetched_at"]:
            raise ValueError("no time in fetched_at")
        month = values["publication_month"]
        values["publication_month"] = month and date.fromisoformat(month)
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class Sighting(Sidecar):
    """Bytes of a vintage seen again: at another place, or with another answer of the same place.

    ``seen_at``: when that copy was captured, else when it was fetched.
    """

    seen_at: datetime


def read_sidecar(path: Path) -> tuple[Sidecar | None, str | None]:
    """The sidecar at ``path``, or what is wrong with it."""
    try:
        sidecar = Sidecar.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return None, f"no readable sidecar ({error})"
    if sidecar.vintage_id != path.stem:
        return None, f"the sidecar of {sidecar.vintage_id}"
    return sidecar, None


class Archive:
    """The archive in one folder, as it was when opened plus what this object stores.

    A sidecar that cannot be read is left out, and written over by nothing; ``damages`` has a line
    on each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._sightings_file = folder / "sightings.jsonl"
        self._remove_abandoned()
        self._sidecars: dict[str, Sidecar] = {}
        self._damaged: dict[str, str] = {}
        self._read_sidecars()
        self._sightings = self._read_sightings()
        self._latest: dict[str, Sidecar] = {}
        everything: list[Sidecar] = [*self._sidecars.values(), *self._sightings]
        now = datetime.now(UTC)
        # what a clock that was ahead wrote is not the last that was seen
        for seen in sorted(everything, key=lambda it: (it.fetched_at <= now, it.fetched_at)):
            self._latest[seen.fetched_from] = seen

    @property
    def damages(self) -> list[str]:
        """A line on each sidecar that could not be read: where, what was found, what to do."""
        return list(self._damaged.values())

    def store(self, content: bytes, provenance: Provenance) -> tuple[str, bool]:
        """Keep ``content``: its vintage_id (sha256), and whether it is a new vintage.

        Known bytes are a sighting, recorded where it tells something: another place than before,
        another answer of the same place, or that it still stands after a month. Bytes first, then
        the sidecar: a crash between them leaves bytes without a sidecar, which the next store of
        them completes. ArchiveError, and nothing written, where they are held for another series
        or their sidecar is damaged.
        """
        vintage_id = hashlib.sha256(content).hexdigest()
        self._refuse_what_contradicts(vintage_id, provenance)
        values = {
            field.name: getattr(provenance, field.name) for field in dataclasses.fields(Provenance)
        }
        seen = Sidecar(**values, vintage_id=vintage_id, bytes=len(content))
        is_new = vintage_id not in self._sidecars
        try:
            if is_new or not self._is_whole(vintage_id):
                self._write(self._path(vintage_id), content)
            if is_new:
                self._write(self._sidecar_path(vintage_id), seen.to_json().encode() + b"\n")
                self._sidecars[vintage_id] = seen
            elif self._tells_something(seen):
                self._append_sighting(
                    Sighting(**vars(seen), seen_at=seen.captured_at or seen.fetched_at)
                )
        except OSError as error:
            raise ArchiveError(
                f"{self._folder}: found '{error.strerror}' when writing {len(content):,} bytes of "
                f"{provenance.published_name}; expected room and permission to write. Nothing half "
                "written is ever read. Free some space or mend the permissions, and run again."
            ) from error
        self._latest[seen.fetched_from] = seen
        return vintage_id, is_new

    def vintages(self, series: Series) -> list[Sidecar]:
        """The sidecars of a series, in the order in which the vintages were fetched."""
        mine = [it for it in self._sidecars.values() if it.series == series.name]
        return sorted(mine, key=lambda it: (it.fetched_at, it.vintage_id))

    def sightings(self, series: Series) -> list[Sighting]:
        """Where vintages of a series were seen again, in order of time."""
        return [it for it in self._sightings if it.series == series.name]

    def contradiction(self, vintage_id: str, captures: Set[Capture]) -> str | None:
        """What is wrong where an archive says of a vintage other ``captures`` than it once did.

        None where the sidecar's is among them, or is not from an archive: a copy fetched from the
        agency, or taken from the inbox, is a capture of our own.
        """
        held = self._sidecars[vintage_id]
        is_from_archive = "memento-datetime" in held.response_headers or held.captured_at is None
        if not is_from_archive or (held.captured_at, held.captured_precision) in captures:
            return None
        stated = " and ".join(sorted(_words(*capture) for capture in captures))
        return (
            f"{self._sidecar_path(vintage_id)}: found {held.published_name} captured "
            f"{_words(held.captured_at, held.captured_precision)}; expected {stated}, as its "
            f"source says now. If that is right, {ANOTHER_SIDECAR}. If it is not, mend "
            "captured_at at the source (manifest.csv)."
        )

    def posted_again(self, series: Series) -> list[Sighting]:
        """Sightings of bytes that took others back: at one place stood A, then B, then A again.

        A sighting at another place says nothing of the kind: old links are served for years, and
        an archive serves all captures at once, each at its own URL.
        """
        dated = [it for it in (*self.vintages(series), *self.sightings(series)) if it.captured_at]
        stood: dict[str, list[str]] = {}
        again = []
        for seen in sorted(dated, key=lambda it: (it.captured_at, it.fetched_at)):
            here = stood.setdefault(seen.fetched_from, [])
            if (
                isinstance(seen, Sighting)
                and seen.vintage_id in here
                and here[-1] != seen.vintage_id
            ):
                again.append(seen)
            here.append(seen.vintage_id)
        return again

    def last_for_url(self, url: str) -> Sidecar | None:
        """What was last fetched from ``url``; None where it is not (wholly) held, with a sidecar.

        Neither is a sighting under another series than the sidecar's: one of the two is wrong.
        """
        last = self._latest.get(url)
        if last is None:
            return None
        sidecar = self._sidecars.get(last.vintage_id)
        if sidecar is None or sidecar.series != last.series:
            return None
        try:
            held = self._path(last.vintage_id).stat().st_size
        except FileNotFoundError:
            return None
        return last if held == last.bytes else None

    def read(self, vintage_id: str) -> bytes:
        """The bytes of a vintage, proven by their sha256; ArchiveError where they are not those."""
        path = self._path(vintage_id)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            found = "no such file"
        else:
            actual = hashlib.sha256(content).hexdigest()
            if actual == vintage_id:
                return content
            found = f"bytes of sha256 {actual}"
        raise ArchiveError(
            f"{path}: found {found}; expected the bytes of sha256 {vintage_id}. Copy this one file "
            "back from a backup; or delete it and run again: it is then downloaded anew, if the "
            "agency still serves it."
        )

    def document(self, sidecar: Sidecar) -> Document:
        """The bytes of a vintage and what a reader may know about them."""
        return Document(
            self.read(sidecar.vintage_id),
            sidecar.published_name,
            captured_on(dataclasses.asdict(sidecar)),
        )

    def _path(self, vintage_id: str) -> Path:
        return self._folder / vintage_id[:2] / vintage_id

    def _sidecar_path(self, vintage_id: str) -> Path:
        return self._path(vintage_id).with_suffix(".json")

    def _refuse_what_contradicts(self, vintage_id: str, provenance: Provenance) -> None:
        if vintage_id in self._damaged:
            raise ArchiveError(self._damaged[vintage_id])
        held = self._sidecars.get(vintage_id)
        if held and held.series != provenance.series:
            raise ArchiveError(
                f"{self._sidecar_path(vintage_id)}: found series {held.series}, as which these "
                f"bytes came from {plain(held.fetched_from)}; expected {provenance.series}, as "
                f"which they come now from {plain(provenance.fetched_from)}. Nothing was changed. "
                f"If they are of {provenance.series}, {ANOTHER_SIDECAR}. If they are of "
                f"{held.series}, take them away from where they come from now."
            )

    def _is_whole(self, vintage_id: str) -> bool:
        try:
            self.read(vintage_id)
        except ArchiveError:
            return False
        return True

    def _tells_something(self, seen: Sidecar) -> bool:
        last = self._latest.get(seen.fetched_from)
        return (
            last is None
            or _identity(last) != _identity(seen)
            or abs(seen.fetched_at - last.fetched_at) >= BELIEVED_FOR
        )

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all, and on the disk before it has its name (power cut)."""
        for folder in (self._incoming, path.parent):
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                sync(folder.parent)
        draft = self._incoming / f"{path.name}.{uuid4().hex}"
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync(path.parent)

    def _append_sighting(self, seen: Sighting) -> None:
        is_first = not self._sightings_file.exists()
        with self._sightings_file.open("ab+") as file:
            if not is_first and file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a crash cut the last line: begin a new one
                    file.write(b"\n")
            file.write(seen.to_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_first:
            sync(self._folder)
        self._sightings.append(seen)

    def _read_sidecars(self) -> None:
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*.json")):
            sidecar, wrong = read_sidecar(path)
            if sidecar:
                self._sidecars[sidecar.vintage_id] = sidecar
            else:
                self._damaged[path.stem] = (
                    f"{path}: found {plain(str(wrong))}; expected the sidecar of the bytes beside "
                    "it, which are not used meanwhile. Copy it back from a backup; or delete it "
                    "and run again: it is then written anew when the agency still serves the file."
                )

    def _read_sightings(self) -> list[Sighting]:
        if not self._sightings_file.is_file():
            return []
        sightings = []
        for line in self._sightings_file.read_text(errors="replace").splitlines():
            try:
                sightings.append(Sighting.from_json(line))
            except (ValueError, KeyError, TypeError):
                continue  # a line that a crash cut short: the same sighting is recorded again
        return sightings

    def _remove_abandoned(self) -> None:
        if not self._incoming.is_dir():
            return
        for draft in self._incoming.iterdir():
            try:
                if time.time() - draft.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                    draft.unlink()
            except FileNotFoundError:
                continue  # another run has just finished or removed it


def _identity(seen: Sidecar) -> tuple[object, ...]:
    """What makes a sighting differ from the one before at the same place."""
    return (
        seen.vintage_id,
        seen.series,
        seen.published_url,
        seen.published_name,
        *_validators(seen.response_headers),
    )


def _validators(headers: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(headers.get(name) for name in VALIDATORS)


def _words(captured_at: datetime | None, precision: Precision | None) -> str:
    if captured_at is None:
        return "at no known time"
    return f"{captured_at:%Y-%m-%d %H:%M:%S} (to the {precision})"
