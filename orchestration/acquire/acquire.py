"""Network to archive, for one series: ask for every link on its pages, keep what is new.

How one request is made is in http.py, how bytes are kept in archive.py. Files that a person
downloaded come in through inbox.py.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Self
from urllib.parse import urlsplit

from orchestration.acquire.archive import BELIEVED_FOR, Archive, ArchiveError, Sidecar
from orchestration.acquire.content import page_title, refuse_wrong_content
from orchestration.acquire.errors import AcquireError
from orchestration.acquire.http import NOTHING_HELD, Response, Session, Validators
from orchestration.acquire.keys import without_keys
from orchestration.acquire.landing_page import publication, publications
from orchestration.acquire.provenance import Capture, Provenance, links, of_response, stated_capture
from orchestration.log import events
from orchestration.series.series import Publication, Series
from orchestration.settings import Settings

#: bytes so far, bytes in all where known, published name
Progress = Callable[[int, int | None, str], None]

#: Sent by the mirror with a page: series of which its folder holds nothing, so that their absence
#: from the page is no sign of a redesign.
NOT_HELD_HEADER = "X-Not-Held"


@dataclass
class AcquireResult:
    """What acquiring one series came to.

    ``found``: links, pages and files looked at; ``new``: vintage_ids archived; ``seen``: bytes
    that were archived already; ``unchanged``: answers 304, not downloaded; ``errors``: messages.
    """

    series: str
    found: int = 0
    new: list[str] = field(default_factory=list)
    seen: int = 0
    unchanged: int = 0
    errors: list[str] = field(default_factory=list)

    def merged(self, other: Self) -> "AcquireResult":
        """Both results of the same series as one."""
        return AcquireResult(
            self.series,
            self.found + other.found,
            [*self.new, *other.new],
            self.seen + other.seen,
            self.unchanged + other.unchanged,
            [*self.errors, *other.errors],
        )

    def refuse(self, settings: Settings, error: Exception | str, url: str | None = None) -> None:
        """Note what could not be taken, and why; it stops nothing else."""
        self.errors.append(str(error))
        events(settings).warning("publication refused", url=url, error=str(error))


def keep(
    result: AcquireResult,
    settings: Settings,
    archive: Archive,
    content: bytes,
    provenance: Provenance,
) -> str:
    """Archive one file and count it; its vintage_id. ArchiveError where it cannot be written."""
    vintage_id, is_new = archive.store(content, provenance)
    if not is_new:
        result.seen += 1
        return vintage_id
    result.new.append(vintage_id)
    events(settings).info(
        "vintage archived",
        series=provenance.series,
        vintage=vintage_id,
        published_name=provenance.published_name,
        url=provenance.published_url,
        bytes=len(content),
    )
    return vintage_id


def acquire(
    series: Series,
    settings: Settings,
    archive: Archive,
    months: set[date] | None = None,
    progress: Progress | None = None,
    *,
    unseen_too: bool = False,
) -> AcquireResult:
    """Archive what the landing pages of ``series`` link to, or hold themselves.

    Every link is asked for again (conditionally), since files are overwritten in place. ``months``
    (first days) leaves out links whose publication month is known and not among them; with
    ``unseen_too`` only those of which something is held. A page or link that fails is in the
    result's ``errors`` and stops nothing else.
    """
    result = AcquireResult(series.name)
    if series.live_from_inbox and not settings.mirror_url:
        return result
    with Session(settings, allowed_hosts(series)) as session:
        taking = _Taking(series, settings, archive, session, result, progress)
        for link in taking.discovered():
            if (
                months is None
                or link.publication_month in months | {None}
                or (unseen_too and taking.held(link.url) is None)
            ):
                taking.take(link)
        if months is None and not result.errors:  # else a place may not have been asked
            taking.compare_captures()
    return result


def allowed_hosts(series: Series) -> frozenset[str]:
    """Hosts that may be asked for a series: its own, and those of its landing pages."""
    pages = {host for page in series.landing_pages if (host := urlsplit(page).hostname)}
    return series.hosts | pages


@dataclass
class _Taking:
    """One acquisition of one series: where to ask, where to keep, what came of it."""

    series: Series
    settings: Settings
    archive: Archive
    session: Session
    result: AcquireResult
    progress: Progress | None
    #: by vintage, what an archive said in this run of when it was captured, at all its places
    captures: dict[str, set[Capture]] = field(default_factory=lambda: defaultdict(set))

    def discovered(self) -> Iterator[Publication]:
        """Publications on all landing pages, each once. A page that fails is an error."""
        asked = set(self.series.landing_pages)
        for page_url in self.series.landing_pages:
            try:
                found = self._linked_from(page_url)
            except (AcquireError, ArchiveError) as error:
                self.result.refuse(self.settings, error, without_keys(page_url))
                continue
            for link in found:
                if link.url not in asked:
                    asked.add(link.url)
                    yield link

    def take(self, link: Publication) -> None:
        """Ask for one publication and archive it; an error is recorded, not raised."""
        self.result.found += 1
        try:
            self._taken(link, self._fetch(link))
        except (AcquireError, ArchiveError) as error:
            self.result.refuse(self.settings, error, without_keys(link.url))

    def held(self, url: str) -> Sidecar | None:
        """What is held of ``url`` for this series: what it was filed under by mistake is not."""
        last = self.archive.last_for_url(without_keys(url))
        return last if last and last.series == self.series.name else None

    def compare_captures(self) -> None:
        """Note each vintage of which an archive no longer says what its sidecar does."""
        for vintage_id, captures in self.captures.items():
            if problem := self.archive.contradiction(vintage_id, captures):
                self.result.refuse(self.settings, problem)

    def _linked_from(self, page_url: str) -> list[Publication]:
        if self.series.page_is_publication:
            return self._of_page_that_is_a_publication(page_url)
        response = self.session.get(page_url, self.series.max_bytes)
        found = publications(response.content, self.series, response.url)
        if not found and not self.series.live_from_inbox and not self._is_not_held(response):
            raise AcquireError(
                page_url,
                f"no link of {self.series.name} on the page titled "
                f"'{page_title(response.content)}'",
                f"links whose path matches {self.series.link_pattern.pattern}",
                "Page redesigned? Open it in a browser, and mend link_pattern or landing_pages of "
                "the series.",
            )
        return found

    def _of_page_that_is_a_publication(self, page_url: str) -> list[Publication]:
        """Archive the page itself; then its links, and its older captures (RFC 7089 mementos)."""
        page = publication(self.series, page_url, self.series.title)
        response = self._fetch(page)
        if not self._is_not_held(response):
            self.result.found += 1
            try:
                self._taken(page, response)
            except ArchiveError as error:  # its links can be asked for all the same
                self.result.refuse(self.settings, error, without_keys(page_url))
        content = response.content
        if response.status == 304 and (held := self.held(page_url)):
            content = self.archive.read(held.vintage_id)
        captures = [
            publication(self.series, url, self.series.title)
            for url in links(response.headers, "memento", page_url)
        ]
        return [*publications(content, self.series, response.url), *captures]

    def _fetch(self, link: Publication) -> Response:
        progress = self.progress
        held = self.held(link.url)
        validators = NOTHING_HELD
        if held and abs(datetime.now(UTC) - held.fetched_at) < BELIEVED_FOR:
            headers = held.response_headers
            validators = Validators(headers.get("etag"), headers.get("last-modified"))
        began = time.monotonic()
        response = self.session.get(
            link.url,
            self.series.max_bytes,
            validators,
            progress and (lambda so_far, total: progress(so_far, total, link.published_name)),
        )
        is_held = response.status == 304
        events(self.settings).info(
            "publication not modified" if is_held else "publication fetched",
            url=without_keys(link.url),
            bytes=len(response.content),
            seconds=round(time.monotonic() - began, 3),
        )
        return response

    def _taken(self, link: Publication, response: Response) -> None:
        """Archive a body, or count what is unchanged; and note when it was captured."""
        if response.status != 304:
            vintage_id = self._store(link, response)
        else:
            self.result.unchanged += 1
            held = self.held(link.url)
            assert held is not None, "304 comes only where something is held"
            vintage_id = held.vintage_id
        if capture := stated_capture(link.url, response.headers):
            self.captures[vintage_id].add(capture)

    def _store(self, link: Publication, response: Response) -> str:
        refuse_wrong_content(
            self.series,
            link.url,
            response.content,
            "Nothing was archived; the next run asks again. If a browser shows the right file, put "
            f"it into $BORDER_HOME/inbox/{self.series.name}/.",
            response.is_end_proven,
        )
        provenance = of_response(
            self.series, link, response, datetime.now(UTC), self.settings.source_mode
        )
        return keep(self.result, self.settings, self.archive, response.content, provenance)

    def _is_not_held(self, response: Response) -> bool:
        names = response.headers.get(NOT_HELD_HEADER, "").replace(",", " ").split()
        return bool(self.settings.mirror_url) and self.series.name in names
