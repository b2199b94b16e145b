"""Nothing leaks, and nothing listens to others: what is said to whom, and where servers stand."""

import ast
import io
import json
import os
import re
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from orchestration.acquire.archive import Archive, Sidecar
from orchestration.acquire.errors import AcquireError
from orchestration.acquire.http import Response, Session
from orchestration.acquire.inbox import take_inbox
from orchestration.acquire.keys import without_keys
from orchestration.acquire.landing_page import publication
from orchestration.acquire.provenance import of_response
from orchestration.mirror.manifest import COLUMNS
from orchestration.mirror.serve import Mirror
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.answer import write_answer
from orchestration.warehouse.marts import literal, quoted
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import QueryError, run_query
from tests.build_file import make_build
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
    "a note in the inbox with a URL that carries a key, or a user and password",
    "the sidecar has the URL without them; so has the message on a URL that is refused",
)
@pytest.mark.parametrize(
    ("note", "taken"),
    [
        (f"{URL}?sig=SECRET", True),
        ("https://user:SECRET@www.ice.gov/a.xlsx", True),
        ("http://user:SECRET@www.ice.gov/a.xlsx", False),
    ],
)
def test_a_key_in_a_note_of_the_inbox_is_not_recorded(tmp_path, note, taken):
    series, settings = ice_series(), Settings(home=tmp_path / "home")
    inbox = settings.inbox / series.name
    inbox.mkdir(parents=True)
    (inbox / "a.xlsx").write_bytes(workbook())
    (inbox / "a.xlsx.url").write_text(note)
    result = take_inbox(series, settings, Archive(settings.archive))
    assert (len(result.new), len(result.errors)) == ((1, 0) if taken else (0, 1))
    assert "SECRET" not in str(result.errors)
    for path in settings.home.rglob("*"):
        if path.is_file() and path.suffix != ".url":
            assert b"SECRET" not in path.read_bytes(), path


def workbook() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet().write("A1", "a")
    book.close()
    return file.getvalue()


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
    assert "SECRET" not in (tmp_path / "logs" / "events.jsonl").read_text()


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
    for only in (None, cli.Part.webserver):
        cli.ui(port=3000, only=only)
    assert [command[command.index("-h") + 1] for command in started] == ["127.0.0.1"] * 2


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


# --- what a query can reach ------------------------------------------------------------------

#: how `border query` is asked: of the version, of a past day, of the private tables
DOORS = ({}, {"as_of": date(2021, 6, 30)}, {"raw": True})

READING = (
    "select getenv('HOME')",
    "from read_csv('{file}')",
    "from read_json('{file}')",
    "from read_blob('{file}')",
    "from read_text('{file}')",
    "from read_duckdb('{file}')",
    "from parquet_metadata('{file}')",
    "from sniff_csv('{file}')",
    "from '{file}'",
    "from query('from read_text(''{file}'')')",
    "from query_table('{file}')",
    "from glob('{folder}/*')",
    "from duckdb_secrets()",
    "pragma import_database('{folder}')",
)
WRITING = (
    "copy (select 1) to '{folder}/a.csv'",
    "explain analyze copy (select 1) to '{folder}/a.csv'",
    "export database '{folder}/a'",
    "attach '{folder}/a.duckdb'",
    "from query('copy (select 1) to ''{folder}/a.csv''')",
    "from enable_logging(storage='file', storage_path='{folder}/a', level='trace')",
    "from enable_profiling(format='json', save_location='{folder}/a.json')",
    "pragma profiling_output = '{folder}/a.json'",
    "set temp_directory = '{folder}/a'",
    "create secret (type s3)",
)
ASKING = (
    "from read_csv('{url}/a.csv')",
    "from read_text('{url}/a')",
    "from read_parquet('{url}/a.parquet')",
    "from '{url}/a.csv'",
    "attach '{url}/a.duckdb'",
    "attach 'host=127.0.0.1 port={port}' as other (type postgres)",
    "from postgres_scan('host=127.0.0.1 port={port}', 'public', 'a')",
    "install httpfs from '{url}'",
    "force install httpfs from '{url}'",
    "copy (select 1) to '{url}/a.csv'",
)
SETTING = (
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
    "pragma enable_external_access = true",
    "install httpfs",
    "load httpfs",
    "load '{folder}/a.duckdb_extension'",
)


def home_of(sample_version: Path, folder: Path) -> Settings:
    """A home whose published version is the sample's, with an empty private warehouse."""
    settings = Settings(home=folder / "home")
    settings.published.mkdir(parents=True)
    (settings.published / "border.duckdb").symlink_to(sample_version)
    duckdb.connect(str(settings.warehouse)).close()
    return settings


@pytest.fixture(params=DOORS, ids=["version", "past day", "raw"])
def ask(request, sample_version, tmp_path):
    """Asks in the way of each door."""
    settings = home_of(sample_version, tmp_path)
    return lambda sql: run_query(settings, sql, **request.param).rows


def test_a_query_reads_no_file_and_no_variable(ask, tmp_path):
    secret = tmp_path / "folder" / "secret.csv"
    secret.parent.mkdir()
    secret.write_text("a,b\nSECRET,2\n")
    for sql in READING:
        with pytest.raises(QueryError) as refused:
            ask(sql.format(file=secret, folder=secret.parent))
        assert "SECRET" not in str(refused.value), sql


def test_a_query_writes_no_file(ask, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for sql in WRITING:
        with suppress(QueryError):  # logging and profiling seem to begin, and then write nothing
            ask(sql.format(folder=folder))
        assert list(folder.iterdir()) == [], sql


def test_a_query_asks_no_server(ask):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        for sql in ASKING:
            with pytest.raises(QueryError):
                ask(sql.format(url=f"http://127.0.0.1:{port}", port=port))
            with pytest.raises(BlockingIOError):
                server.accept()


def test_a_query_changes_no_setting_and_loads_no_extension(ask, tmp_path):
    for sql in SETTING:
        with pytest.raises(QueryError):
            ask(sql.format(folder=tmp_path))
    names = (
        "enable_external_access", "autoload_known_extensions", "autoinstall_known_extensions",
        "python_enable_replacements", "lock_configuration",
    )  # fmt: skip
    (found,) = ask("select " + ", ".join(f"current_setting('{name}')" for name in names))
    assert found == (False, False, False, False, True)


def test_a_name_or_text_of_others_is_only_that_in_sql():
    hostile = "x\"; drop table kept; -- ' '' \\ $$ \n {} %s"
    with duckdb.connect() as connection:
        connection.execute("create table kept as select 1 as a")
        connection.execute(f"create table {quoted(hostile)} ({quoted(hostile)} varchar)")
        connection.execute(f"insert into {quoted(hostile)} values ({literal(hostile)})")
        answer = connection.execute(f"select {quoted(hostile)} from {quoted(hostile)}")
        assert answer.description[0][0] == hostile
        assert answer.fetchall() == [(hostile,)]
        assert connection.execute("from kept").fetchall() == [(1,)]


def test_guarding_against_formulas_changes_no_figure(sample_version, tmp_path):
    settings, file = home_of(sample_version, tmp_path), tmp_path / "answer.csv"
    sql = "select -encounter_count as less from marts.border_monthly order by all"
    write_answer(settings, sql, "csv", file)
    rows = run_query(settings, sql).rows
    assert any(number is not None and number < 0 for (number,) in rows)
    assert "'" not in file.read_text()
    assert duckdb.sql(f"from read_csv('{file}', types={{'less': 'BIGINT'}})").fetchall() == rows


# --- what a version and its log say ----------------------------------------------------------


def test_no_secret_of_the_environment_stands_in_a_version_or_its_log(tmp_path, monkeypatch):
    for name in ("BORDER_CONTACT", "BORDER_ALERT_URL", "HTTPS_PROXY", "PGPASSWORD"):
        monkeypatch.setenv(name, "https://user:SECRET@127.0.0.1:9/SECRET")
    settings = Settings(home=tmp_path)
    make_build(settings)
    publish(settings, "live", "run-1", "accepted-1")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"border.duckdb", "release_notes.md", "events.jsonl"} <= {it.name for it in files}
    for path in files:
        assert b"SECRET" not in path.read_bytes(), path


# --- the document ----------------------------------------------------------------------------

DOCUMENT = PROJECT_ROOT / "docs" / "security.md"


def named_tests(path: Path) -> set[str]:
    """The test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


def test_each_claim_of_the_document_names_a_test_that_is_there():
    rows = [
        line
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| claim")
    ]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", row)
        assert named, row
        for test, file in named:
            assert test in named_tests(PROJECT_ROOT / file), test


def test_the_document_claims_what_the_tests_of_this_file_show():
    text = DOCUMENT.read_text(encoding="utf-8")
    about_the_document = {name for name in named_tests(Path(__file__)) if "_the_document_" in name}
    assert {
        name for name in named_tests(Path(__file__)) if f"[{name}]" not in text
    } == about_the_document
