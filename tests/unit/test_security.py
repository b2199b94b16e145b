"""Nothing leaks, and nothing listens to others: what is said to whom, and where servers stand."""

import json
import os
import socket
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestration.acquire.archive import Sidecar
from orchestration.acquire.errors import AcquireError
from orchestration.acquire.http import Response, Session
from orchestration.acquire.keys import without_keys
from orchestration.acquire.landing_page import publication
from orchestration.acquire.provenance import of_response
from orchestration.mirror.manifest import COLUMNS
from orchestration.mirror.serve import Mirror
from orchestration.settings import Settings
from tests.fake_series import ice_series

URL = "https://www.ice.gov/doclib/detention/FY21.xlsx"


@pytest.fixture
def mirror(tmp_path):
    (tmp_path / "manifest.csv").write_text(",".join(COLUMNS) + "\n")
    with Mirror(tmp_path, {}) as mirror:
        yield mirror


@pytest.mark.fault(
    "a link with a key in its query, or with a user and password",
    "keys of S3, Azure, CloudFront and Google, tokens and passwords are not recorded; any other "
    "parameter is",
)
@pytest.mark.parametrize(
    ("url", "recorded"),
    [
        (f"{URL}?X-Amz-Signature=a&X-Amz-Credential=b&versionId=7", f"{URL}?versionId=7"),
        (f"{URL}?sv=2022&se=2026&sr=b&sp=r&sig=a%2Fb", URL),
        (f"{URL}?Expires=1&Signature=a&Key-Pair-Id=b", URL),
        (f"{URL}?GoogleAccessId=a&Expires=1&Signature=b", URL),
        (f"{URL}?access_token=a&page=2", f"{URL}?page=2"),
        (f"{URL}?apikey=a", URL),
        (f"{URL}?v=2&itok=Xy_9", f"{URL}?v=2&itok=Xy_9"),
        (f"{URL}?a=%20b&c", f"{URL}?a=%20b&c"),
        ("https://user:word@www.ice.gov/a", "https://www.ice.gov/a"),
        ("https://[bad/a?sig=b", "https://[bad/a"),
        (URL, URL),
    ],
)
def test_a_url_is_recorded_without_its_keys(url, recorded):
    assert without_keys(url) == recorded
    assert str(AcquireError(url, "status 500", "200", "Wait.")).startswith(f"{recorded}: found")


@pytest.mark.fault(
    "cookies of an agency, and our contact",
    "neither stands in a sidecar: of an answer's headers six are kept",
)
def test_a_sidecar_holds_no_cookie_and_no_contact():
    series = ice_series()
    headers = {
        "ETag": '"1"',
        "Set-Cookie": "session=SECRET",
        "Authorization": "SECRET",
        "X-Request": "me@home.example",
    }
    response = Response(URL, 200, headers, b"PK", is_end_proven=True)
    found = of_response(series, publication(series, URL, ""), response, datetime.now(UTC), "live")
    text = Sidecar(**vars(found), vintage_id="a", bytes=2).to_json()
    assert json.loads(text)["response_headers"] == {"etag": '"1"'}
    assert "SECRET" not in text
    assert "home.example" not in text


@pytest.mark.fault(
    "a proxy with a password that fails",
    "the password stands in no message and no log",
    "that the proxy could not be reached",
)
def test_a_proxys_password_is_in_no_message_and_no_log(tmp_path, monkeypatch, caplog):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:SECRET@127.0.0.1:{port}")
    for name in ("https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    live = Settings(home=tmp_path, mirror_url="", retries=1, politeness_seconds=0)
    with (
        Session(live, frozenset({"www.ice.gov"})) as session,
        caplog.at_level("DEBUG"),
        pytest.raises(AcquireError) as refused,
    ):
        session.get(URL, 1000)
    assert "proxy" in str(refused.value).lower()
    assert "SECRET" not in str(refused.value)
    assert "SECRET" not in caplog.text


@pytest.mark.fault(
    "a mirror is set, and a proxy with a password too", "the mirror is asked without the proxy"
)
def test_a_mirror_is_asked_without_a_proxy(tmp_path, mirror, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:SECRET@127.0.0.1:9")
    settings = replace(Settings(home=tmp_path, retries=0), mirror_url=mirror.url)
    with (
        Session(settings, frozenset({"www.ice.gov"})) as session,
        pytest.raises(AcquireError, match="status 404"),
    ):
        session.get(URL, 1000)


@pytest.mark.fault(
    "another machine that asks the mirror", "it listens on 127.0.0.1 and at no other address"
)
def test_the_mirror_listens_on_this_machine_only(mirror):
    port = int(mirror.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    # 127.0.0.2 is this machine too; a server at 0.0.0.0 would answer there
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


@pytest.mark.fault("another machine that asks the Dagster UI", "`border ui` binds it to 127.0.0.1")
def test_the_ui_listens_on_this_machine_only(tmp_path, monkeypatch):
    from orchestration import cli

    monkeypatch.setenv("BORDER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.chdir(tmp_path)
    started = []
    monkeypatch.setattr(os, "execv", lambda program, command: started.append(command))
    cli.ui(port=3000)
    (command,) = started
    assert command[command.index("-h") + 1] == "127.0.0.1"


@pytest.mark.fault(
    "a text of a publication with codes for a terminal, in the answer of a query",
    "each code is shown as a mark; a file written with --format has the text as published",
)
@pytest.mark.parametrize("letters", [0, 300])
def test_an_answer_cannot_write_on_the_terminal(capsys, letters):
    from orchestration.terminal import print_rows

    hostile = "Laredo\x1b[2J\x1b]0;title\x07\x9b31m\x08\x7f\u202e"
    print_rows(["place\x1b[1m"], [[hostile + "x" * letters]])
    said = capsys.readouterr().out
    assert "Laredo" in said
    for code in "\x1b\x07\x9b\x08\x7f\u202e":
        assert code not in said


@pytest.mark.fault(
    "an error that quotes a text with codes for a terminal", "each code is shown as a mark"
)
def test_an_error_cannot_write_on_the_terminal(capsys):
    from orchestration import terminal

    terminal.failure("found 'a\x1b[2Jb\x9b'; expected c\nnext line")
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\x9b" not in said
    assert "next line" in said
