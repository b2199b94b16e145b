"""The log of events: whole lines of JSON, whoever writes them and whatever stands in them."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from structlog.contextvars import bound_contextvars

from orchestration import log
from orchestration.acquire.archive import Archive
from orchestration.acquire.errors import AcquireError
from orchestration.acquire.inbox import take_inbox
from orchestration.acquire.verify import verify_archive
from orchestration.assets.raw import _log_verdicts
from orchestration.log import events, logged_events
from orchestration.settings import Settings
from orchestration.warehouse.load import LoadedTable, LoadedVintage, LoadResult
from orchestration.warehouse.publish import publish
from orchestration.warehouse.versions import rollback
from tests.build_file import make_build
from tests.fake_series import ice_series


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def lines_of(settings) -> list[str]:
    return (settings.logs / "events.jsonl").read_bytes().decode("ascii").splitlines()


def test_an_event_is_one_line_with_its_time_in_utc_and_whose_it_is(settings):
    with bound_contextvars(run_id="run-1", series="ohss_monthly_tables"):
        events(settings).info("vintage archived", bytes=12, vintage="ab")
    (line,) = lines_of(settings)
    event = json.loads(line)
    assert list(event) == [
        "timestamp", "level", "event", "run_id", "series", "vintage", "bytes",
    ]  # fmt: skip
    when = datetime.fromisoformat(event.pop("timestamp"))
    assert timedelta(0) <= datetime.now(UTC) - when < timedelta(minutes=1)
    assert event == {
        "level": "info",
        "event": "vintage archived",
        "run_id": "run-1",
        "series": "ohss_monthly_tables",
        "vintage": "ab",
        "bytes": 12,
    }


def test_what_was_said_of_one_run_is_not_said_of_the_next(settings):
    with bound_contextvars(run_id="run-1"):
        events(settings).info("a")
    events(settings).info("b")
    assert ["run_id" in event for event in logged_events(settings)] == [True, False]


@pytest.mark.fault(
    "a text of a publication that would write a line of its own into the log of events",
    "control codes are no part of a line, and a text ends after 1,000 letters",
)
@pytest.mark.parametrize(
    "hostile",
    [
        'x"}\n{"event": "version published", "version": "9999.01.01.1"}\n',
        "x\r\n{}\x1b[2J\x9b\x07\x00\u2028\u2029\u202e",
        "\ud800 half a pair",
        "x" * 10_000_000,
    ],
)
def test_a_hostile_text_cannot_forge_a_line(settings, hostile):
    events(settings).warning("table quarantined", reasons=[hostile], **{"table": hostile})
    (line,) = lines_of(settings)
    assert len(line) < 5000
    assert line.isprintable()
    event = json.loads(line)
    assert event["event"] == "table quarantined"
    for text in (event["table"], *event["reasons"]):
        assert len(text) <= log.LETTERS
        assert all(letter.isprintable() for letter in text)


def test_nothing_is_said_on_standard_output_or_error(settings, capfd):
    events(settings).error("stage ended", status="failure")
    assert capfd.readouterr() == ("", "")


WRITER = """
import sys
from pathlib import Path
from orchestration import log
from orchestration.settings import Settings
log.MOST_BYTES, log.KEPT_FILES = 100_000, 40
settings = Settings(home=Path(sys.argv[1]))
for number in range(400):
    log.events(settings).info("line", writer=sys.argv[2], number=number, filling="x" * 900)
"""


@pytest.mark.fault(
    "several processes that write the log of events while it is rotated",
    "every line is there once and whole; a kernel's lock is held from opening to closing",
)
def test_processes_that_write_at_once_mix_and_lose_no_line(settings, monkeypatch):
    monkeypatch.setattr(log, "KEPT_FILES", 40)
    command = [sys.executable, "-c", WRITER, str(settings.home)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    files = list(settings.logs.glob("events.jsonl*"))
    assert len(files) > 10
    assert all(path.stat().st_size <= 100_000 for path in files)
    found = [(event["writer"], event["number"]) for event in logged_events(settings)]
    assert sorted(found) == sorted((str(w), n) for w in range(4) for n in range(400))
    for writer in range(4):
        assert [n for w, n in found if w == str(writer)] == list(range(400)), "oldest first"


def test_old_files_go(settings, monkeypatch):
    monkeypatch.setattr(log, "MOST_BYTES", 2000)
    monkeypatch.setattr(log, "KEPT_FILES", 2)
    log._logger.cache_clear()
    for number in range(100):
        events(settings).info("line", number=number)
    assert sorted(path.name for path in settings.logs.iterdir()) == [
        "events.jsonl", "events.jsonl.1", "events.jsonl.2", "events.lock",
    ]  # fmt: skip
    kept = [event["number"] for event in logged_events(settings)]
    assert kept == list(range(kept[0], 100))


def test_a_line_that_was_cut_costs_only_itself(settings):
    events(settings).info("before")
    with (settings.logs / "events.jsonl").open("a") as file:
        file.write('{"timestamp": "2026-11')
    events(settings).info("after")
    assert [event["event"] for event in logged_events(settings)] == ["before", "after"]


@pytest.mark.fault(
    "the log of events cannot be written",
    "the work goes on without it",
    "once: which file, and to free space or mend its permissions",
)
def test_a_log_that_cannot_be_written_stops_nothing_and_says_so_once(settings, capsys):
    settings.home.mkdir()
    settings.logs.write_text("a file where the folder should be")
    for _ in range(3):
        events(settings).info("line")
    said = capsys.readouterr().err
    assert said.count("events.jsonl: found '") == 1
    assert "mend its permissions" in said


def test_a_full_disk_stops_no_work(settings, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    events(settings).info("line")
    monkeypatch.setattr(log._EventFile, "_open", full)
    events(settings).info("line")
    events(settings).info("line")
    assert capsys.readouterr().err.count("No space left on device") == 1


def test_a_vintage_from_the_inbox_and_one_that_is_refused_are_logged(settings):
    series = ice_series()
    inbox = settings.inbox / series.name
    inbox.mkdir(parents=True)
    (inbox / "page.xlsx").write_text("<html>Access denied</html>")
    take_inbox(series, settings, Archive(settings.archive))
    (refused,) = logged_events(settings)
    assert (refused["event"], refused["level"]) == ("publication refused", "warning")
    assert "page.xlsx" in refused["error"]


@pytest.mark.fault(
    "a link with a key, in the log of events", "the line has the URL without its key"
)
def test_no_key_of_a_url_stands_in_the_log(settings):
    from orchestration.acquire.acquire import AcquireResult

    url = "https://user:SECRET@www.ice.gov/a.xlsx?sig=SECRET"
    result = AcquireResult("ice_detention_statistics")
    result.refuse(settings, AcquireError(url, "status 500", "status 200", "Wait."))
    (line,) = lines_of(settings)
    assert "www.ice.gov/a.xlsx" in line
    assert "SECRET" not in line


def test_a_version_a_rollback_and_a_damage_are_logged(settings):
    make_build(settings)
    versions = [publish(settings, "live", f"run-{n}", f"accepted-{n}").version for n in (1, 2)]
    rollback(settings, versions[0])
    stranger = settings.archive / "ab" / "no-vintage"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("")
    verify_archive(settings)
    found = list(logged_events(settings))
    assert [(it["event"], it.get("version")) for it in found[:3]] == [
        ("version published", versions[0]),
        ("version published", versions[1]),
        ("rolled back", versions[0]),
    ]
    assert found[2]["before"] == versions[1]
    assert found[0]["run_id"] == "run-1"
    damages = [it["damage"] for it in found[3:] if it["event"] == "archive damage found"]
    assert any("no-vintage" in damage for damage in damages)


def test_verdicts_are_logged_with_the_vintage_and_the_reasons(settings):
    reasons = ["months: found 'Maai'; expected a month"]
    vintages = [
        LoadedVintage("a", "good.csv", "accepted", [], [], {"t": LoadedTable(7)}),
        LoadedVintage("b", "bad.csv", "quarantined", reasons, [], {}),
        LoadedVintage(
            "c", "half.csv", "accepted", [], [], {"t": LoadedTable(7), "u": LoadedTable(1, reasons)}
        ),
    ]
    _log_verdicts(settings, LoadResult("s", vintages, 0, []), ["ab/cd: found no such file"])
    found = [
        {name: value for name, value in it.items() if name not in {"timestamp", "level"}}
        for it in logged_events(settings)
    ]
    good = {"vintage": "a", "published_name": "good.csv"}
    bad = {"vintage": "b", "published_name": "bad.csv"}
    half = {"vintage": "c", "published_name": "half.csv"}
    assert found == [
        {"event": "archive damage found", "damage": "ab/cd: found no such file"},
        {"event": "vintage accepted", **good, "rows": 7},
        {"event": "vintage quarantined", **bad, "reasons": reasons},
        {"event": "vintage accepted", **half, "rows": 8},
        {"event": "table quarantined", **half, "table": "u", "reasons": reasons},
    ]
