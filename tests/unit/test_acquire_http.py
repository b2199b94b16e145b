"""The downloader against a small server that misbehaves on request. Nothing leaves the machine."""

import gzip
import io
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from orchestration.acquire import http
from orchestration.acquire.errors import AcquireError
from orchestration.acquire.http import Session, Validators
from orchestration.log import logged_events
from orchestration.settings import Settings

HOST = "www.agency.gov"
URL = f"https://{HOST}/file.csv"
LIMIT = 1_000_000


class Server:
    """Answers each path with a function of the handler; counts what it was asked for."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers.items())))
                outer.answers[self.path](self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        kwargs = {"poll_interval": 0.01}
        threading.Thread(target=self.http.serve_forever, kwargs=kwargs, daemon=True).start()

    def on(self, path, *answers):
        """Give these answers in turn, the last one for good."""
        left = list(answers)

        def answer(handler):
            (left.pop(0) if len(left) > 1 else left[0])(handler)

        self.answers[f"/{HOST}{path}"] = answer


def sends(status, body=b"", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in ({"Content_Length": len(body)} | headers).items():
            if value is not None:
                handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)
        if headers.get("Connection") == "close":
            handler.close_connection = True

    return answer


def cut(handler):
    sends(200, b"a,b\n1,", Content_Length=100, Connection="close")(handler)


def stalls(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    time.sleep(1)
    handler.close_connection = True


def hangs_up(handler):
    handler.close_connection = True


@pytest.fixture
def server():
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def settings(server, tmp_path):
    return Settings(
        home=tmp_path, mirror_url=server.url, retries=1, read_timeout=0.3, contact="a@b.example"
    )


@pytest.fixture
def session(settings):
    with Session(settings, frozenset({HOST})) as session:
        yield session


def error_of(session, url=URL, limit=LIMIT, **rest):
    with pytest.raises(AcquireError) as caught:
        session.get(url, limit, **rest)
    return str(caught.value)


def test_a_body_comes_whole_with_progress(server, session):
    server.on("/file.csv", sends(200, b"a,b\n1,2\n", ETag='"x"'))
    told = []
    response = session.get(URL, LIMIT, progress=lambda so_far, total: told.append((so_far, total)))
    assert response.content == b"a,b\n1,2\n"
    assert response.headers["etag"] == '"x"'
    assert response.is_end_proven
    assert told[-1] == (8, 8)


def test_the_agency_can_see_who_asks(server, session):
    server.on("/file.csv", sends(200, b"x"))
    session.get(URL, LIMIT)
    assert server.asked[0][1]["User-Agent"].startswith("border-warehouse/")
    assert server.asked[0][1]["User-Agent"].endswith("(a@b.example)")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(server, session, status):
    server.on("/file.csv", sends(status), sends(200, b"x"))
    assert session.get(URL, LIMIT).content == b"x"


@pytest.mark.parametrize("bad", [cut, stalls, hangs_up])
def test_a_body_that_breaks_off_is_tried_again(server, session, bad):
    server.on("/file.csv", bad, sends(200, b"x"))
    assert session.get(URL, LIMIT).content == b"x"


@pytest.mark.parametrize("bad", [cut, stalls, hangs_up, sends(503)])
def test_a_failure_that_lasts_is_an_error_after_the_last_try(server, session, bad):
    server.on("/file.csv", bad)
    message = error_of(session)
    assert "at each of 2 tries" in message
    assert URL in message
    assert len(server.asked) == 2


def test_retry_after_is_obeyed_up_to_a_cap(server, session):
    server.on("/file.csv", sends(429, Retry_After="7"), sends(200, b"x"))
    server.on("/long.csv", sends(503, Retry_After="86400"), sends(200, b"x"))
    server.on("/odd.csv", sends(503, Retry_After="soon"), sends(200, b"x"))
    with patch("urllib3.util.retry.time.sleep") as slept:
        for name in ("file", "long", "odd"):
            assert session.get(f"https://{HOST}/{name}.csv", LIMIT).content == b"x"
    waits = [call.args[0] for call in slept.call_args_list]
    assert waits == [7, http.LONGEST_WAIT_SECONDS]


def test_bot_protection_is_not_hammered_and_the_inbox_is_named(server, session):
    server.on("/file.csv", sends(403))
    message = error_of(session)
    assert "status 403" in message
    assert "$BORDER_HOME/inbox/<series>/" in message
    assert len(server.asked) == 1


def test_a_body_announced_too_large_is_not_read(server, session):
    server.on("/file.csv", sends(200, b"x", Content_Length=5 * 2**30, Connection="close"))
    assert "5,368,709,120 bytes announced" in error_of(session)


def test_a_body_that_goes_on_is_stopped_at_the_limit(server, session):
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(bytes(100_000))
                sent.append(100_000)
        except OSError:
            handler.close_connection = True

    server.on("/file.csv", endless)
    assert "at most 1,000,000 bytes" in error_of(session)
    assert sum(sent) < 50 * LIMIT


def test_a_body_without_a_length_is_not_proven_whole(server, session):
    server.on("/file.csv", sends(200, b"a,b\n", Content_Length=None, Connection="close"))
    assert not session.get(URL, LIMIT).is_end_proven


def test_a_request_is_conditional_only_where_something_is_held(server, session):
    server.on("/file.csv", sends(304, Content_Length=None))
    held = Validators('"x"', "Thu, 11 Feb 2021 00:00:00 GMT")
    assert session.get(URL, LIMIT, held).status == 304
    assert server.asked[-1][1]["If-None-Match"] == '"x"'
    assert server.asked[-1][1]["If-Modified-Since"] == "Thu, 11 Feb 2021 00:00:00 GMT"
    assert "status 304" in error_of(session)
    assert server.asked[-1][1]["Cache-Control"] == "no-cache"
    assert "If-None-Match" not in server.asked[-1][1]


def test_a_redirect_on_the_same_host_is_followed(server, session):
    server.on("/file.csv", sends(302, Location="/moved/file.csv"))
    server.on("/moved/file.csv", sends(200, b"x"))
    response = session.get(URL, LIMIT)
    assert response.url == f"https://{HOST}/moved/file.csv"


def test_redirects_in_a_circle_end(server, session):
    server.on("/file.csv", sends(302, Location="/file.csv"))
    assert "more than 5 redirects" in error_of(session)


FORBIDDEN = [
    "http://www.agency.gov/file.csv",
    "https://elsewhere.example/file.csv",
    "https://www.agency.gov.elsewhere.example/file.csv",
    "https://www.agency.gov@elsewhere.example/file.csv",
    "https://www.agency.gov:8443/file.csv",
    "https://user:word@www.agency.gov/file.csv",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/file.csv",
    "https://127.0.0.1/file.csv",
    "https://[::1]/file.csv",
    "https://[bad/file.csv",
    "file:///etc/passwd",
    "//elsewhere.example/file.csv",
]


@pytest.mark.parametrize("target", FORBIDDEN)
def test_a_redirect_off_the_allow_list_is_refused_before_any_connection(server, session, target):
    server.on("/file.csv", sends(302, Location=target))
    message = error_of(session)
    assert "a redirect to" in message or "Invalid" in message
    assert len(server.asked) == 1


@pytest.mark.parametrize("target", FORBIDDEN[:-1])
def test_a_link_off_the_allow_list_is_refused_before_any_connection(tmp_path, target):
    def connects(*_arguments, **_how):
        raise AssertionError("a connection was made")

    with (
        patch("urllib3.util.connection.create_connection", connects),
        patch("socket.getaddrinfo", connects),
        Session(Settings(home=tmp_path, mirror_url=""), frozenset({HOST})) as session,
    ):
        message = error_of(session, target)
    assert f"https at one of {HOST}" in message


def test_two_requests_to_one_agency_are_apart_and_a_mirror_is_asked_at_once(
    server, settings, monkeypatch
):
    def canned(_adapter, request, **_how):
        response = requests.Response()
        response.status_code = 200
        response.raw = HTTPResponse(io.BytesIO(b"x"), preload_content=False)
        response.request, response.url = request, request.url
        return response

    waits = []
    monkeypatch.setattr(HTTPAdapter, "send", canned)
    monkeypatch.setattr(http.time, "sleep", waits.append)
    monkeypatch.setattr(http, "_next_turn", {})
    live = replace(settings, mirror_url="", politeness_seconds=5.0)
    for _series in range(2):  # a second series asks the same agency in a session of its own
        with Session(live, frozenset({HOST})) as session:
            session.get(URL, LIMIT)
    assert len(waits) == 1
    assert 4.5 < waits[0] <= 5.0
    with Session(replace(settings, politeness_seconds=5.0), frozenset({HOST})) as session:
        session.get(URL, LIMIT)
    assert len(waits) == 1


def test_what_a_server_says_cannot_write_into_the_log(server, session, settings, capsys):
    elsewhere = sends(302, Location=f"https://{HOST}/a\x1b[2J")
    server.on("/file.csv", elsewhere)
    server.on("/a%1B[2J", hangs_up)
    assert "\x1b" not in error_of(session)
    said = capsys.readouterr().err
    assert "trying again" in said, "a person who waits sees why"
    assert "\x1b" not in said
    (retried,) = logged_events(settings)
    assert retried["event"] == "request retried"
    assert "\x1b" not in str(retried)


def test_waits_grow_from_try_to_try(server, settings):
    server.on("/file.csv", sends(503))
    with (
        Session(replace(settings, retries=5), frozenset({HOST})) as session,
        patch("urllib3.util.retry.time.sleep") as slept,
    ):
        error_of(session)
    waits = [call.args[0] for call in slept.call_args_list]
    assert waits == [2, 4, 8, 16]  # the first try after a failure comes at once


def test_a_host_that_has_no_address_is_an_error_that_names_the_network(tmp_path, monkeypatch):
    def no_address(*_arguments, **_how):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    live = Settings(home=tmp_path, mirror_url="", retries=1, politeness_seconds=0)
    with Session(live, frozenset({HOST})) as session:
        message = error_of(session)
    assert "at each of 2 tries" in message
    assert "this machine's network" in message


def test_a_packed_body_is_stopped_at_the_limit_of_what_it_unpacks_to(server, session):
    packed = gzip.compress(bytes(20 * LIMIT))
    assert len(packed) < LIMIT
    server.on("/file.csv", sends(200, packed, Content_Encoding="gzip"))
    assert "found a body that goes on; expected at most 1,000,000 bytes" in error_of(session)
