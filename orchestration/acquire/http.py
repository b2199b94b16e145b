"""One polite, suspicious GET: retries, limits, allow-list, conditional requests.

What is asked for, and what the bytes must look like, stands in acquire.py and content.py.
"""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from orchestration.acquire.errors import AcquireError
from orchestration.acquire.keys import without_keys
from orchestration.log import events
from orchestration.read.hostile_text import plain
from orchestration.settings import Settings

RETRIED_STATUSES = (429, 500, 502, 503, 504)
#: no wait between two tries is longer than this, whatever Retry-After asks for
LONGEST_WAIT_SECONDS = 120
MOST_REDIRECTS = 5
#: A server that sends a byte now and then never lets a read time out.
LONGEST_BODY_SECONDS = 1800.0
CHUNK_BYTES = 64 * 1024

#: bytes so far, bytes in all where the server says so
BytesProgress = Callable[[int, int | None], None]

#: When each host may be asked next (time.monotonic): one pace for all series of an agency.
_next_turn: dict[str, float] = {}
_next_turn_lock = threading.Lock()


@dataclass(frozen=True)
class Validators:
    """What a server said of a copy that is held: the request then asks for changes only."""

    etag: str | None
    last_modified: str | None

    def headers(self) -> dict[str, str]:
        """Headers of a conditional request; of an unconditional one where nothing is known."""
        known = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        given = {name: value for name, value in known.items() if value}
        # Nothing is held: a cache on the way must not answer 304 for us.
        return given or {"Cache-Control": "no-cache"}


NOTHING_HELD = Validators(None, None)


@dataclass(frozen=True)
class Response:
    """A whole answer, 200 or 304. ``url`` is where it came from after redirects.

    ``is_end_proven``: a length or chunks said where the body ends; without them a cut body looks
    like a whole one.
    """

    url: str
    status: int
    headers: Mapping[str, str]  # names in any case
    content: bytes
    is_end_proven: bool


@dataclass(frozen=True)
class _Wanted:
    """What was asked for, whatever redirects come on the way."""

    url: str
    max_bytes: int
    validators: Validators
    progress: BytesProgress | None


class _MirrorAdapter(HTTPAdapter):
    """Carries a request for an agency's https URL to ``<mirror>/<host><path>``."""

    def __init__(self, mirror_url: str) -> None:
        super().__init__()
        self._mirror_url = mirror_url.rstrip("/")

    def send(
        self,
        request: requests.PreparedRequest,
        *arguments: Any,  # noqa: ANN401 - passed on as they come
        **how: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send to the mirror, never through a proxy: it stands on this machine."""
        parts = urlsplit(request.url or "")
        query = f"?{parts.query}" if parts.query else ""
        mirrored = request.copy()
        mirrored.url = f"{self._mirror_url}/{parts.netloc}{parts.path}{query}"
        return super().send(mirrored, *arguments, **how | {"proxies": None})


class Session:
    """Connections to the hosts of one series. Every failure is an AcquireError."""

    def __init__(self, settings: Settings, hosts: frozenset[str]) -> None:
        self._settings = settings
        self._hosts = hosts
        self._retry = Retry(
            total=settings.retries,
            status_forcelist=RETRIED_STATUSES,
            backoff_factor=1.0,
            backoff_max=LONGEST_WAIT_SECONDS,
            retry_after_max=LONGEST_WAIT_SECONDS,
        )
        self._requests = requests.Session()
        self._requests.adapters.pop("http://")  # nothing is ever asked for in the clear
        if settings.mirror_url:
            self._requests.mount("https://", _MirrorAdapter(settings.mirror_url))
        self._requests.headers.update(
            {
                "User-Agent": f"border-warehouse/{version('border-warehouse')} "
                f"({settings.contact})",
                "Accept": "*/*",
                # The archive keeps bytes as published, and the size limit counts those bytes.
                "Accept-Encoding": "identity",
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._requests.close()

    def get(
        self,
        url: str,
        max_bytes: int,
        validators: Validators = NOTHING_HELD,
        progress: BytesProgress | None = None,
    ) -> Response:
        """The answer to ``url``, after redirects: 200 with the whole body, or 304.

        304 comes only where ``validators`` hold something. Raises AcquireError for a host or
        scheme that is not allowed (before connecting), a status that stays bad after all retries,
        a body longer than ``max_bytes``, cut short, or still not whole after half an hour.
        """
        wanted = _Wanted(url, max_bytes, validators, progress)
        hop = url
        for _ in range(MOST_REDIRECTS + 1):
            self._refuse_what_is_not_allowed(hop, url)
            answer = self._get_with_retries(hop, wanted)
            if isinstance(answer, Response):
                return answer
            hop = answer
        raise AcquireError(
            url,
            f"more than {MOST_REDIRECTS} redirects, the last to {plain(without_keys(hop))}",
            "a page or a file",
            "Open the URL in a browser; if the agency has moved it, change the series' page.",
        )

    def _refuse_what_is_not_allowed(self, hop: str, url: str) -> None:
        try:
            parts = urlsplit(hop)
            scheme, host, netloc = parts.scheme, parts.hostname, parts.netloc
        except ValueError:
            scheme, host, netloc = "", None, ""
        if scheme == "https" and host in self._hosts and netloc.lower() in (host, f"{host}:443"):
            return
        via = "a link" if hop == url else "a redirect"
        raise AcquireError(
            url,
            f"{via} to {plain(without_keys(hop))}",
            f"https at one of {', '.join(sorted(self._hosts))}",
            "It was refused and not asked for. If the agency really publishes there, add the host "
            "to the hosts of the series.",
        )

    def _get_with_retries(self, hop: str, wanted: _Wanted) -> Response | str:
        """The answer, or the URL that it redirects to."""
        retry = self._retry
        while True:
            self._wait_for_turn(hop)
            failed: BaseHTTPResponse | None = None
            try:
                with self._requests.get(
                    hop,
                    headers=wanted.validators.headers(),
                    stream=True,
                    allow_redirects=False,
                    timeout=(self._settings.connect_timeout, self._settings.read_timeout),
                ) as answer:
                    if answer.is_redirect:
                        return urljoin(hop, answer.headers["Location"])
                    has_retry_after = "Retry-After" in answer.headers
                    if not retry.is_retry("GET", answer.status_code, has_retry_after):
                        return _received(hop, wanted, answer)
                    failed, found = answer.raw, f"status {answer.status_code}"
            except (
                requests.ConnectionError,
                requests.Timeout,
                HTTPError,  # within the body
            ) as error:
                found = _failure(error)
            except (requests.RequestException, ValueError) as error:
                raise AcquireError(
                    wanted.url, _failure(error), "an answer", "Open the URL in a browser and look."
                ) from error
            retry = self._wait_after(retry, failed, wanted.url, found)

    def _wait_after(
        self, retry: Retry, failed: BaseHTTPResponse | None, url: str, found: str
    ) -> Retry:
        """Wait as Retry-After or the backoff says; AcquireError when no try is left."""
        try:
            left = retry.increment("GET", url, response=failed)
        except MaxRetryError as error:
            raise AcquireError(
                url,
                f"{found}, at each of {self._settings.retries + 1} tries",
                "status 200 and a whole body",
                "Nothing is lost: the next run asks again. If it lasts, look whether the agency's "
                "site and this machine's network are up (BORDER_CONNECT_TIMEOUT, "
                "BORDER_READ_TIMEOUT and BORDER_RETRIES set how long to try).",
            ) from error
        asked = plain(without_keys(url))
        events(self._settings).warning("request retried", url=asked, found=found)
        sys.stderr.write(f"{asked}: found {found}; trying again\n")  # a person waits for it
        try:
            left.sleep(failed)
        except HTTPError:  # a Retry-After that is neither a number nor a date
            left.sleep()
        return left

    def _wait_for_turn(self, url: str) -> None:
        """Keep the politeness delay between two requests to one host; a mirror needs none."""
        if self._settings.mirror_url:
            return
        host = urlsplit(url).netloc
        with _next_turn_lock:
            now = time.monotonic()
            turn = max(now, _next_turn.get(host, now))
            _next_turn[host] = turn + self._settings.politeness_seconds
        if turn > now:
            time.sleep(turn - now)


def _received(hop: str, wanted: _Wanted, answer: requests.Response) -> Response:
    if answer.status_code == 304 and wanted.validators != NOTHING_HELD:
        return Response(hop, 304, answer.headers, b"", is_end_proven=True)
    if answer.status_code != 200:
        raise _bad_status(wanted.url, answer.status_code)
    is_end_proven = (
        "Content-Length" in answer.headers
        or answer.headers.get("Transfer-Encoding", "").lower() == "chunked"
    )
    return Response(hop, 200, answer.headers, _body(wanted, answer), is_end_proven)


def _body(wanted: _Wanted, answer: requests.Response) -> bytes:
    """The body, never more than the limit in memory; urllib3 raises on a cut body.

    Read as it comes: a full chunk would be waited for, however slowly it dripped.
    """
    declared = answer.headers.get("Content-Length", "")
    total = int(declared) if declared.isdecimal() else None
    if total is not None and total > wanted.max_bytes:
        raise _too_large(wanted, f"{total:,} bytes announced")
    body, began = bytearray(), time.monotonic()
    while chunk := answer.raw.read1(CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > wanted.max_bytes:
            raise _too_large(wanted, "a body that goes on")
        if time.monotonic() - began > LONGEST_BODY_SECONDS:
            raise AcquireError(
                wanted.url,
                f"{len(body):,} bytes after {LONGEST_BODY_SECONDS:,.0f} seconds",
                "a whole body by then",
                "The download was stopped; the next run asks again.",
            )
        if wanted.progress:
            wanted.progress(len(body), total)
    return bytes(body)


def _too_large(wanted: _Wanted, found: str) -> AcquireError:
    return AcquireError(
        wanted.url,
        found,
        f"at most {wanted.max_bytes:,} bytes",
        "The download was stopped. If the agency's file has really grown so far, raise max_bytes "
        "of the series.",
    )


def _bad_status(url: str, status: int) -> AcquireError:
    remedy = {
        403: "The agency's bot protection refused the request. Download the file in a browser and "
        "put it into $BORDER_HOME/inbox/<series>/; the next run takes it from there. Setting "
        "BORDER_CONTACT to an address may also help.",
        404: "The page links to a file that is not there (yet); the next run asks again.",
        304: "A cache on the way answered for a copy that is not held; the next run asks again.",
    }
    return AcquireError(
        url, f"status {status}", "status 200", remedy.get(status, "The next run asks again.")
    )


def _failure(error: Exception) -> str:
    """What went wrong on the wire, without the noise of pools and object addresses."""
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", None) or cause
    return plain(f"{type(error).__name__} ({reason})")
