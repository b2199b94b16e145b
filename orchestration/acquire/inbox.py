"""The inbox: files that a person downloaded by hand, because an agency's site blocks robots.

$BORDER_HOME/inbox/<series>/<file>        to be taken at the next run
$BORDER_HOME/inbox/<series>/<file>.url    optional: its first line is the file's URL
$BORDER_HOME/inbox/<series>/taken/        archived; may be deleted
"""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from orchestration.acquire.acquire import AcquireResult, keep
from orchestration.acquire.archive import Archive, ArchiveError
from orchestration.acquire.content import refuse_wrong_content
from orchestration.acquire.errors import AcquireError
from orchestration.acquire.keys import without_keys
from orchestration.acquire.provenance import Provenance, publication_month
from orchestration.read.hostile_text import plain
from orchestration.series.series import Series
from orchestration.settings import Settings

#: notes beside a file, and files that a browser has not finished
NOT_TAKEN = {".url", ".part", ".crdownload", ".tmp"}


def take_inbox(series: Series, settings: Settings, archive: Archive) -> AcquireResult:
    """Archive the files in the inbox of ``series``, and move them to ``taken/``.

    A file's name is its published name, its modification time the capture. A file that does not
    look like the series' kind stays where it is, with an error in the result; so does every file in
    a home of the sample.
    """
    result = AcquireResult(series.name)
    folder = settings.inbox / series.name
    if not folder.is_dir():
        return result
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith(".") or path.suffix.lower() in NOT_TAKEN:
            continue
        result.found += 1
        try:
            if settings.source_mode == "sample":
                raise AcquireError(
                    str(path), "a file in a home of the sample", "none: the two are never mixed",
                    "It stays there and was not archived. Set BORDER_HOME to the home of real "
                    "publications and put it into the inbox there.",
                )  # fmt: skip
            content = _content(series, path)
            provenance = _provenance(series, path, settings.source_mode)
            keep(result, settings, archive, content, provenance)
            _move_to_taken(path)
        except (AcquireError, ArchiveError) as error:
            result.refuse(settings, error)
        except OSError as error:
            result.refuse(
                settings,
                f"{path}: found '{error.strerror}'; expected a file that can be read and moved to "
                "taken/. Mend its permissions and run again.",
            )
    return result


def strays(settings: Settings, names: Collection[str]) -> list[str]:
    """A line on each thing in the inbox that belongs to no series of these ``names``."""
    if not settings.inbox.is_dir():
        return []
    found = [
        path
        for path in sorted(settings.inbox.iterdir())
        if not path.name.startswith(".") and not (path.is_dir() and path.name in names)
    ]
    return [
        f"{plain(str(path), 500)}: found a {'folder' if path.is_dir() else 'file'} of no series; "
        f"expected the files of a series in a folder named {', '.join(sorted(names))}. Nothing in "
        "it is taken: move it to the folder of its series, or take it away."
        for path in found
    ]


def _content(series: Series, path: Path) -> bytes:
    size = path.stat().st_size
    if size > series.max_bytes:
        raise AcquireError(
            str(path),
            f"{size:,} bytes",
            f"at most {series.max_bytes:,} bytes",
            "Take the file out of the inbox, or raise max_bytes of the series.",
        )
    content = path.read_bytes()
    refuse_wrong_content(
        series,
        str(path),
        content,
        "It stays in the inbox and was not archived: download the file again, and put it there "
        "whole.",
    )
    return content


def _provenance(series: Series, path: Path, source_mode: str) -> Provenance:
    published_url = _url_beside(path)
    captured_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return Provenance(
        series=series.name,
        agency=series.agency,
        published_name=path.name,
        published_url=published_url,
        link_text="",
        captured_at=captured_at,
        captured_precision="second",
        fetched_at=datetime.now(UTC),
        fetched_from=f"inbox/{series.name}/{path.name}",
        publication_month=publication_month(series, published_url, path.name, captured_at),
        response_headers={},
        source_mode=source_mode,
    )


def _url_note(path: Path) -> Path:
    return path.with_name(f"{path.name}.url")


def _url_beside(path: Path) -> str | None:
    note = _url_note(path)
    if not note.is_file():
        return None
    lines = note.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    url = lines[0].strip() if lines else ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname:
        raise AcquireError(
            str(note),
            f"first line {without_keys(url)[:80]!r}",
            f"the https URL from which {path.name} was downloaded",
            "Put the URL alone on the first line, or delete the note.",
        )
    return without_keys(url)


def _move_to_taken(path: Path) -> None:
    taken = path.parent / "taken"
    taken.mkdir(exist_ok=True)
    for file in (path, _url_note(path)):
        if file.is_file():
            # Other bytes of the same name may lie there: keep both apart by the time of taking.
            place = taken / file.name
            if place.exists():
                place = taken / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{file.name}"
            file.replace(place)
