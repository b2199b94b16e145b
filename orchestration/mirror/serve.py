"""The agencies' sites on this machine: a folder of publications over HTTP, on 127.0.0.1 only.

``http://127.0.0.1:<port>/<host><path>`` answers as ``https://<host><path>`` would, and says of each
copy when it was captured and where it stood (RFC 7089). What stands where is in site.py, and what
agencies' sites do wrong at times in faults.py.
"""

import hashlib
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestration.mirror.manifest import MANIFEST, ManifestError, ManifestRow, read_manifest
from orchestration.mirror.site import Site, html_of
from orchestration.series.series import Series

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html; charset=UTF-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


#: closed with this, a connection ends in a reset (RST) and not in an orderly end
NO_LINGER = struct.pack("ii", 1, 0)


class PortError(Exception):
    """A port that the mirror cannot listen on; the message says what to do."""


@dataclass(frozen=True)
class Answer:
    """What the mirror sends to one request.

    Without a Content-Length among ``headers`` that of the body is sent, or none where they say
    ``Connection: close``. ``chunks`` are the body in its place; where they raise
    ConnectionResetError the connection is reset, before the first of them without any answer.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks: Iterator[bytes] | None = None


class Mirror:
    """Serves ``folder`` (with its manifest.csv) while the context is open; ``url`` says where.

    Files and rows added to the folder meanwhile are seen at the next request. Raises ManifestError
    where the manifest is wrong, PortError where the port cannot be had.
    """

    def __init__(self, folder: Path, catalog: Mapping[str, Series], port: int = 0) -> None:
        self._folder = folder
        self._catalog = catalog
        self._manifest_state = self._state_of_manifest()
        self._site = Site.of(read_manifest(folder), catalog)
        self._lock = threading.Lock()
        self._server = _listening(port, partial(_Handler, self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """Base URL; ``<url>/<host><path>`` stands for ``https://<host><path>``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, headers: Message) -> Answer:
        """The answer to GET ``path`` (/<host><path>) with these request headers."""
        url = f"https:/{path}"
        try:
            site = self._current_site()
            if row := site.copies.get(url):
                return _copy(row, site.mementos.get(url, []), headers)
        except ManifestError as error:
            return Answer(500, {"Content-Type": "text/plain"}, str(error).encode())
        if page := site.pages.get(url):
            described = {"Content-Type": CONTENT_TYPES[".html"]}
            if page.not_held:
                described["X-Not-Held"] = ", ".join(page.not_held)
            if mementos := site.mementos.get(url):
                described["Link"] = _memento_links(mementos)
            return Answer(200, described, html_of(page, url).encode())
        return Answer(404, {"Content-Type": "text/plain"}, b"Nothing stands at this URL.\n")

    def _state_of_manifest(self) -> tuple[int, int]:
        try:
            state = (self._folder / MANIFEST).stat()
        except FileNotFoundError:
            return (0, 0)
        return state.st_mtime_ns, state.st_size

    def _current_site(self) -> Site:
        state = self._state_of_manifest()
        with self._lock:
            if state != self._manifest_state:
                self._site = Site.of(read_manifest(self._folder), self._catalog)
                self._manifest_state = state
            return self._site


def serve_forever(mirror: Mirror, announce: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; ``announce`` is told the URL."""
    with mirror:
        announce(mirror.url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _copy(row: ManifestRow, mementos: list[str], request: Message) -> Answer:
    """A file as archived; 304 where the request holds it already."""
    headers = {
        "Content-Type": CONTENT_TYPES.get(row.file.suffix.lower(), "application/octet-stream"),
        "ETag": f'"{row.sha256}"',
    }
    if row.capture:
        captured = format_datetime(row.capture.moment, usegmt=True)
        headers |= {
            "Last-Modified": captured,
            "Memento-Datetime": captured,
            "X-Captured-Precision": row.capture.precision,
        }
    headers["X-Archived-Copy"] = "dated" if row.capture else "undated"
    links = [f'<{row.published_url}>; rel="original"'] if row.published_url else []
    if links or mementos:
        headers["Link"] = ", ".join([*links, *([_memento_links(mementos)] if mementos else [])])
    if _is_held(request, headers["ETag"], row.capture.moment if row.capture else None):
        return Answer(304, headers)
    body = row.file.read_bytes()
    if hashlib.sha256(body).hexdigest() != row.sha256:
        raise ManifestError(
            f"{row.place}, {row.file.name}",
            "bytes of another sha256 than stated",
            row.sha256,
            "Copy the file again, or mend its row.",
        )
    return Answer(200, headers, body)


def _memento_links(urls: list[str]) -> str:
    return ", ".join(f'<{url}>; rel="memento"' for url in urls)


def _is_held(request: Message, etag: str, modified: datetime | None) -> bool:
    """Whether a conditional request holds these bytes. An ETag decides alone (RFC 9110, 13.1.3)."""
    if held := request.get("If-None-Match"):
        return etag in held
    since = request.get("If-Modified-Since")
    if not since or not modified:
        return False
    try:
        return parsedate_to_datetime(since) >= modified
    except ValueError:
        return False


class _Server(ThreadingHTTPServer):
    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, as HTTPServer would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that was closed while the next request was waited for."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _listening(port: int, handler: Callable[..., BaseHTTPRequestHandler]) -> _Server:
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError as problem:
        raise PortError(
            f"127.0.0.1, port {port}: found {problem.strerror!r}; expected a port that is free. "
            "End what listens there, or take another: --port N, or --port 0 for any free one."
        ) from problem


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    disable_nagle_algorithm = True

    def __init__(self, mirror: Mirror, *arguments: object) -> None:
        self._mirror = mirror
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send the mirror's answer."""
        answer = self._mirror.answer(self.path, self.headers)
        chunks = answer.chunks or iter((answer.body,))
        try:
            first = next(chunks, b"")
            self._send_head(answer)
            self.wfile.write(first)
            for chunk in chunks:
                self.wfile.write(chunk)
        except ConnectionError:  # meant so by the answer, or whoever asked has hung up
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self.rfile.close()  # it holds the socket open
            self.connection.close()

    def _send_head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        said = answer.headers.keys() & {"Content-Length", "Connection"}
        if answer.status != 304 and not said:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the run that asks has its own log."""
