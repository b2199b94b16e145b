"""Where the bytes of a vintage come from: its URL, its capture, its month of posting.

An agency's server says nothing of captures: then it is captured now. An archive (the mirror) says
when a copy was captured and where it stood (RFC 7089). Nothing here touches network or disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urljoin, urlsplit

from requests.utils import parse_header_links

from orchestration.acquire.errors import AcquireError
from orchestration.acquire.http import Response
from orchestration.acquire.keys import without_keys
from orchestration.series.series import Publication, Series

Precision = Literal["second", "day", "month"]
#: when a copy was captured, and how exactly that is known; None and None where it is not
Capture = tuple[datetime | None, Precision | None]

#: A server's clock is not further off than this; ours may be, after a battery or a snapshot.
MOST_BEHIND = timedelta(days=1)

#: Sent by the mirror. X-Archived-Copy: undated = a copy whose capture time is not known.
ARCHIVED_COPY_HEADER = "X-Archived-Copy"
CAPTURED_PRECISION_HEADER = "X-Captured-Precision"
#: What the next request is made with.
VALIDATORS = ("etag", "last-modified")
#: Headers worth keeping; all others (cookies among them) are not stored.
KEPT_HEADERS = ("content-length", "content-type", "date", *VALIDATORS, "memento-datetime")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What is known about bytes beside the bytes.

    ``captured_at`` (UTC) is the start of the second, day or month that ``captured_precision``
    names; both are None for a copy whose capture time is not known. ``published_url`` is the
    agency's own URL, None where it is not known. ``fetched_from`` is the URL that was really asked
    for, or ``inbox/<series>/<file>``; neither carries a key. ``publication_month`` is the first of
    the month of posting.
    """

    series: str
    agency: str
    published_name: str
    published_url: str | None
    link_text: str
    captured_at: datetime | None
    captured_precision: Precision | None
    fetched_at: datetime
    fetched_from: str
    publication_month: date | None
    response_headers: Mapping[str, str]
    source_mode: str


def of_response(
    series: Series, publication: Publication, response: Response, now: datetime, source_mode: str
) -> Provenance:
    """Provenance of a downloaded body.

    One whose end is not proven may be cut: it keeps no validators, and is downloaded again.
    Raises AcquireError where an archive's headers are wrong, or ``now`` is before the server's day.
    """
    headers = response.headers
    _refuse_a_clock_that_is_behind(publication.url, headers, now)
    stated = stated_capture(publication.url, headers)
    captured_at, precision = stated or (now, "second")
    originals = links(headers, "original", publication.url)
    published_url = next(iter(originals), None) if stated else publication.url
    return Provenance(
        series=series.name,
        agency=series.agency,
        published_name=name_in(published_url or publication.url),
        published_url=published_url and without_keys(published_url),
        link_text=publication.link_text,
        captured_at=captured_at,
        captured_precision=precision,
        fetched_at=now,
        fetched_from=without_keys(publication.url),
        publication_month=publication_month(
            series, published_url, name_in(publication.url), captured_at
        ),
        response_headers={
            name.lower(): value
            for name, value in headers.items()
            if name.lower() in KEPT_HEADERS
            and (response.is_end_proven or name.lower() not in VALIDATORS)
        },
        source_mode=source_mode,
    )


def publication_month(
    series: Series, published_url: str | None, name: str, captured_at: datetime | None
) -> date | None:
    """First of the month of posting: from the URL or, without one, the name; else the capture's."""
    path = urlsplit(published_url).path if published_url else f"/{name}"
    month = series.publication_month(path)
    if month is None and captured_at is not None:
        month = captured_at.date().replace(day=1)
    return month


def links(headers: Mapping[str, str], relation: str, base_url: str) -> list[str]:
    """URLs that the Link header gives for ``relation``, absolute."""
    return [
        urljoin(base_url, link["url"])
        for link in parse_header_links(headers.get("Link", ""))
        if relation in link.get("rel", "").split() and link.get("url")
    ]


def name_in(url: str) -> str:
    """The last part of a URL's path: the published name."""
    return urlsplit(url).path.rsplit("/", 1)[-1] or url


def stated_capture(url: str, headers: Mapping[str, str]) -> Capture | None:
    """What an archive says of a copy's capture; None of an agency's answer, which says nothing.

    AcquireError where what it says is no date.
    """
    stated = headers.get("Memento-Datetime")
    if stated is None:
        return (None, None) if ARCHIVED_COPY_HEADER in headers else None
    try:
        captured_at = parsedate_to_datetime(stated).astimezone(UTC)
    except ValueError as error:
        raise AcquireError(
            url,
            f"Memento-Datetime {stated!r}",
            "a date as in HTTP, 'Thu, 11 Feb 2021 00:00:00 GMT'",
            "Mend the archive that serves this copy.",
        ) from error
    match headers.get(CAPTURED_PRECISION_HEADER):
        case "day":
            return captured_at, "day"
        case "month":
            return captured_at, "month"
        case _:
            return captured_at, "second"


def _refuse_a_clock_that_is_behind(url: str, headers: Mapping[str, str], now: datetime) -> None:
    """The newest vintage would be archived as known before older ones, for good.

    A clock that is ahead cannot be told from a cache on the way, whose answers have an older date.
    """
    try:
        there = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return
    if there - now > MOST_BEHIND:
        raise AcquireError(
            url,
            f"this machine's clock at {now:%Y-%m-%d %H:%M} UTC, and {there:%Y-%m-%d %H:%M} UTC "
            "at the server",
            "clocks less than a day apart",
            "Set this machine's clock and run again; nothing was archived under a wrong day.",
        )
