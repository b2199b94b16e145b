"""A folder of publications and its manifest.csv: what each file is, where and when it stood.

Where the mirror serves them is in site.py. The columns are those of manifest.csv in any folder
that `border run --source DIR` takes.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

#: the file that describes a folder of publications
MANIFEST = "manifest.csv"

COLUMNS = (
    "path", "agency", "series", "published_name", "published_url", "captured_at", "bytes", "sha256",
    "obtained_from",
)  # fmt: skip

CAPTURE_FORMS: tuple[tuple[str, Literal["second", "day", "month"]], ...] = (
    ("%Y-%m-%dT%H:%M:%SZ", "second"),
    ("%Y-%m-%d", "day"),
    ("%Y-%m", "month"),
)


class ManifestError(Exception):
    """A manifest that cannot be served. Names the line, what was found, expected and the remedy."""

    def __init__(self, place: str, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"{place}: found {found}; expected {expected}. {remedy}")


@dataclass(frozen=True)
class Capture:
    """When bytes were captured: the start (UTC) of a second, a day or a month."""

    moment: datetime
    precision: Literal["second", "day", "month"]


@dataclass(frozen=True)
class ManifestRow:
    """One file of the folder. ``series`` '' = a document that no landing page shows."""

    place: str  # manifest and line, for an error
    file: Path
    series: str
    published_name: str
    published_url: str | None
    capture: Capture | None
    bytes: int
    sha256: str


def read_manifest(folder: Path) -> list[ManifestRow]:
    """The rows of ``folder``/manifest.csv. Raises ManifestError for the first thing wrong in it.

    File sizes are checked here; the sha256 of a file when it is served, so that a mirror of many
    files starts at once.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise ManifestError(
            str(folder),
            "no manifest.csv",
            "a folder of publications with a manifest.csv",
            f"Write one with the columns {', '.join(COLUMNS)}.",
        )
    try:
        text = manifest.read_text(encoding="utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        header = lines.fieldnames or []
        rows = [(f"{manifest}, line {lines.line_num}", line) for line in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(
            str(manifest), f"text that cannot be read ({error})", "a CSV file in UTF-8",
            "Save it as CSV, UTF-8.",
        ) from error  # fmt: skip
    if missing := [column for column in COLUMNS if column not in header]:
        raise ManifestError(
            str(manifest),
            f"no column {', '.join(missing)}",
            f"the columns {', '.join(COLUMNS)}",
            "Mend the header.",
        )
    return [_row(folder, place, line) for place, line in rows]


def _row(folder: Path, place: str, line: dict[str, str | None]) -> ManifestRow:
    values = {column: (line[column] or "").strip() for column in COLUMNS}
    file = _file(folder, place, values["path"])
    size = file.stat().st_size
    if values["bytes"] != str(size):
        raise ManifestError(
            f"{place}, {values['path']}",
            f"{values['bytes'] or 'no'} bytes stated and {size} in the file",
            "one size",
            "Copy the file again, or mend its row.",
        )
    if not re.fullmatch(r"[0-9a-f]{64}", values["sha256"]):
        raise ManifestError(
            f"{place}, sha256", repr(values["sha256"]), "64 hex digits", "Mend the row (sha256sum)."
        )
    url = values["published_url"] or None
    if url and not re.match(r"https://[^/\s]+/\S*$", url):
        raise ManifestError(
            f"{place}, published_url",
            repr(url),
            "an https URL with a path, or nothing where it is not known",
            "Mend the row.",
        )
    return ManifestRow(
        place=place,
        file=file,
        series=values["series"],
        published_name=values["published_name"],
        published_url=url,
        capture=_capture(place, values["captured_at"]),
        bytes=size,
        sha256=values["sha256"],
    )


def _file(folder: Path, place: str, path: str) -> Path:
    file = folder / path
    if not path or "\0" in path or not file.resolve().is_relative_to(folder.resolve()):
        raise ManifestError(
            f"{place}, path", repr(path), "a path inside the folder", "Mend the row."
        )
    if not file.is_file():
        raise ManifestError(
            f"{place}, path", f"no file {path}", "the file", "Copy it there, or delete the row."
        )
    return file


def _capture(place: str, text: str) -> Capture | None:
    if not text:
        return None
    for form, precision in CAPTURE_FORMS:
        try:
            return Capture(datetime.strptime(text, form).replace(tzinfo=UTC), precision)
        except ValueError:
            continue
    raise ManifestError(
        f"{place}, captured_at",
        repr(text),
        "2021-02-11T00:20:29Z, 2021-02-11, 2021-02 or nothing",
        "Mend the row.",
    )
