"""What agencies' sites, and the way to them, do wrong at times: shown by the mirror on request.

A fault is a name and a pattern of paths. How an answer is sent is in serve.py; what a run must make
of each fault, in tests/fault.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from fnmatch import fnmatchcase
from http import HTTPStatus
from pathlib import Path
from typing import Self

from orchestration.mirror.serve import Answer, Mirror
from orchestration.series.series import Series

#: the good answer in, what is sent in its place out
Fault = Callable[[Answer], Answer]

#: longer than any read timeout that a person would set
STALL_SECONDS = 600.0
#: one byte of a slow body each so many seconds: never a silence that a read timeout would see
DRIP_SECONDS = 0.05
HUGE_BYTES = 5 * 2**30
ZEROS = bytes(2**20)
CLOSE = {"Connection": "close"}
ERROR_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Access Denied</title></head>\n"
    b"<body><h1>Access Denied</h1><p>You have no permission to access this page.</p></body></html>"
)
REDESIGNED_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>A new look</title></head>\n"
    b"<body><h1>A new look</h1><p><a href='/about'>About us</a></p></body></html>"
)


class FaultError(Exception):
    """A fault that there is not, or that is not written as it must be."""


def _status(status: int, **headers: str) -> Fault:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"{status} {HTTPStatus(status).phrase}\n".encode()
    return lambda good: Answer(status, {"Content-Type": "text/plain"} | sent, body)


def _body(content: bytes) -> Fault:
    """The headers of the good answer, another body."""
    return lambda good: replace(good, body=content)


def _redirect(location: str) -> Fault:
    return lambda good: Answer(302, {"Location": location})


def _stalls(good: Answer) -> Answer:
    """Half of the body, then silence."""

    def chunks() -> Iterator[bytes]:
        yield good.body[: len(good.body) // 2]
        time.sleep(STALL_SECONDS)

    return replace(good, headers=good.headers | _length(good), chunks=chunks())


def _drips(good: Answer) -> Answer:
    """The body byte by byte."""

    def chunks() -> Iterator[bytes]:
        for byte in good.body:
            time.sleep(DRIP_SECONDS)
            yield bytes([byte])

    return replace(good, headers=good.headers | _length(good), chunks=chunks())


def _resets(good: Answer) -> Answer:
    return replace(good, chunks=_reset_after())


def _resets_within_the_body(good: Answer) -> Answer:
    half = good.body[: len(good.body) // 2]
    return replace(good, headers=good.headers | _length(good), chunks=_reset_after(half))


def _reset_after(*chunks: bytes) -> Iterator[bytes]:
    yield from chunks
    raise ConnectionResetError


def _cut(good: Answer) -> Answer:
    half = good.body[: len(good.body) // 2]
    return replace(good, headers=good.headers | _length(good) | CLOSE, body=half)


def _cut_without_a_length(good: Answer) -> Answer:
    half = good.body[: len(good.body) // 2]
    return replace(good, headers=good.headers | CLOSE, body=half)


def _huge(good: Answer) -> Answer:
    return replace(good, headers=good.headers | CLOSE, chunks=iter(_zeros()))


def _huge_and_announced(good: Answer) -> Answer:
    return replace(
        good, headers=good.headers | {"Content-Length": str(HUGE_BYTES)}, chunks=iter(_zeros())
    )


def _zeros() -> Iterator[bytes]:
    for _ in range(HUGE_BYTES // len(ZEROS)):
        yield ZEROS


def _changed(good: Answer) -> Answer:
    """Other bytes under the same URL, posted now: an empty line more, which readers pass over."""
    body = good.body + b"\n"
    etag = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"'}
    return Answer(good.status, {"Content-Type": good.headers["Content-Type"]} | etag, body)


def _length(good: Answer) -> dict[str, str]:
    return {"Content-Length": str(len(good.body))}


FAULTS: Mapping[str, Fault] = {
    "status-403": _status(403),
    "status-404": _status(404),
    "status-429": _status(429, Retry_After="1"),
    "status-500": _status(500),
    "status-503": _status(503, Retry_After="86400"),
    "not-modified": lambda good: Answer(304),
    "stall": _stalls,
    "drip": _drips,
    "reset": _resets,
    "reset-in-body": _resets_within_the_body,
    "cut": _cut,
    "cut-without-length": _cut_without_a_length,
    "error-page": lambda good: replace(
        good, headers=good.headers | {"Content-Type": "text/html"}, body=ERROR_PAGE
    ),
    "redesigned": lambda good: Answer(200, {"Content-Type": "text/html"}, REDESIGNED_PAGE),
    "empty": _body(b""),
    "changed": _changed,
    "pdf": _body(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "huge": _huge,
    "huge-announced": _huge_and_announced,
    "redirect-off-list": _redirect("https://elsewhere.example/file"),
    "redirect-to-http": _redirect("http://www.cbp.gov/file"),
    "redirect-to-link-local": _redirect("https://169.254.169.254/latest/meta-data"),
    "redirect-to-localhost": _redirect("https://localhost/file"),
    "redirect-in-a-circle": lambda good: Answer(302, {"Location": "#again"}),
}


@dataclass
class Shown:
    """A fault shown at the paths (/<host><path>) that ``pattern`` matches, ``*`` for any text.

    ``times``: how often before all is well again; None for good.
    """

    fault: Fault
    pattern: str
    times: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """NAME:PATTERN as a person writes it; FaultError where there is no such fault."""
        name, _, pattern = text.partition(":")
        if name not in FAULTS or not pattern:
            raise FaultError(
                f"fault {text!r}: expected NAME:PATTERN, with a pattern of paths such as "
                f"'*-state.csv' and a name of {', '.join(FAULTS)}."
            )
        return cls(FAULTS[name], pattern)

    def applies(self, path: str) -> bool:
        """Whether this request gets the fault; counts it."""
        if self.times == 0 or not fnmatchcase(path, self.pattern):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class _Asked:
    path: str
    headers: Mapping[str, str]


class FaultyMirror(Mirror):
    """A mirror that shows ``faults``; ``asked`` are the requests that came, in turn."""

    def __init__(
        self, folder: Path, catalog: Mapping[str, Series], port: int = 0, *faults: Shown
    ) -> None:
        super().__init__(folder, catalog, port)
        self.faults = list(faults)
        self.asked: list[_Asked] = []

    def answer(self, path: str, headers: Message) -> Answer:
        """The first fault that applies, made of the whole good answer; else the good answer."""
        self.asked.append(_Asked(path, dict(headers.items())))
        for shown in self.faults:
            if shown.applies(path):
                return shown.fault(super().answer(path, Message()))
        return super().answer(path, headers)
