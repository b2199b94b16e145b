"""Alerts: what is due, that it is said once, to whom, and that the receiver's URL is a secret.

Against a real HTTP server on this machine. What is due is changed in a copy of a published file.
"""

import fcntl
import io
import json
import logging
import re
import shutil
import socket
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.alert_sensor import alerts as alert_sensor
from orchestration.alerts.delivery import receivers
from orchestration.alerts.send import first_texts, send_due, send_test
from orchestration.alerts.standing import FailedRun
from orchestration.failed_runs import failed_runs
from orchestration.log import logged_events
from orchestration.read.hostile_text import without_markup
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.package import BANNERS
from orchestration.warehouse.query import run_query
from tests.alert_receiver import PASSWORD, TOKEN, USER, AlertReceiver, alert_receiver

#: nothing of the sample is late before this day, were it judged: it is frozen or not judged
TODAY = date(2026, 11, 24)
LIVE = "update meta.about set source_mode = 'live'"
FAILED = FailedRun(
    "run-1", "refresh", "build", "dbt: a test failed", datetime(2026, 11, 24, 9), True
)
UNEXPLAINED = (
    "update marts.reconciliation set status = 'unexplained', difference = -1200 "
    "where measure = 'OFO Title 42 Expulsions' and scope = 'SW' and period = 'FY2020 FY'"
)
QUARANTINED = (
    "update meta.vintages set status = 'quarantined', "
    "reasons = ['unreadable: found a page of HTML; expected a CSV file'] "
    "where published_name = 'custody-and-transfer-statistics-fy2024'"
)


@pytest.fixture
def receiver():
    with alert_receiver() as it:
        yield it


@pytest.fixture
def settings(tmp_path: Path, sample_home: Path, receiver: AlertReceiver) -> Settings:
    """A home with one published version, that of the sample, and a receiver."""
    shutil.copytree(
        sample_home / "published",
        tmp_path / "published",
        ignore=shutil.ignore_patterns("csv", "parquet", "site"),
    )
    return Settings(home=tmp_path, alert_urls=receiver.url)


@pytest.fixture
def live(settings: Settings) -> Settings:
    """The same, as if it came from the agencies; its series are late by years."""
    change(settings, LIVE)
    return settings


@pytest.fixture
def told(live: Settings, receiver: AlertReceiver) -> Settings:
    """The same, and its receiver knows how it stands."""
    send_due(live, [], TODAY)
    receiver.forget()
    return live


def change(settings: Settings, sql: str) -> None:
    """Change what readers have, in place."""
    for file in settings.published.rglob("border.duckdb"):
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)


def publish_next(settings: Settings, *statements: str) -> str:
    """Another version, changed, as a run would leave it; its name."""
    current = json.loads((settings.published / "current.json").read_text())
    day, _, counter = current["version"].rpartition(".")
    name = f"{day}.{int(counter) + 1}"
    folder, before = settings.published / name, settings.published / current["version"]
    shutil.copytree(before, folder)
    package = json.loads((folder / "datapackage.json").read_text())
    (folder / "datapackage.json").write_text(json.dumps(package | {"version": name}))
    file = folder / "border.duckdb"
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        for statement in (f"update meta.about set version = '{name}'", *statements):
            connection.execute(statement)
    show(settings, name)
    return name


def show(settings: Settings, version: str) -> None:
    stable = settings.published / "border.duckdb"
    stable.unlink()
    shutil.copyfile(settings.published / version / "border.duckdb", stable)
    current = json.loads((settings.published / "current.json").read_text())
    (settings.published / "current.json").write_text(json.dumps(current | {"version": version}))


# --- a new version -----------------------------------------------------------------------------


def test_a_new_version_is_announced_once_with_its_newest_figures(told, receiver):
    before = json.loads((told.published / "current.json").read_text())["version"]
    version = publish_next(told)
    send_due(told, [], TODAY)
    send_due(told, [], TODAY)
    ((title, text),) = receiver.messages
    assert title == f"border: version {version} published"
    # of the sample's last month, from published totals (facts/)
    assert "- Encounters, September 2021: 192,001 events; " in text
    assert " on Aug 2021; " in text
    assert f"border diff {before} {version}" in text


def test_a_new_version_says_what_the_agencies_revised(told, receiver):
    publish_next(told, revision(100, 176))
    send_due(told, [], TODAY)
    ((_, text),) = receiver.messages
    assert "1 figures revised, net +76" in text
    assert "a figure that is new: 100 → 176 (+76" in text


def test_every_fall_in_a_message_has_the_same_sign(told, receiver):
    publish_next(told, revision(1300, 100))
    send_due(told, [], TODAY)
    ((_, text),) = receiver.messages
    assert "1 figures revised, net −1,200" in text
    assert "a figure that is new: 1,300 → 100 (−1,200, −92.3 %)" in text


def revision(old: int, new: int) -> str:
    """Adds a revision of a figure by the agency."""
    return (
        "insert into marts.revisions by name select * replace ("
        "date '2020-10-01' as reference_month, 'a figure that is new' as figure, "
        f"{old} as old_value, {new} as new_value, {new - old} as difference, "
        f"{100 * (new - old) / old} as change_percent, 'revised' as kind, "
        "false as was_partial, false as is_overlapping) "
        "from marts.revisions where series = 'cbp_custody_transfers' limit 1"
    )


def test_a_version_is_announced_though_the_one_told_before_is_no_longer_kept(told, receiver):
    before = json.loads((told.published / "current.json").read_text())["version"]
    version = publish_next(told)
    shutil.rmtree(told.published / before)
    send_due(told, [], TODAY)
    ((title, text),) = receiver.messages
    assert title == f"border: version {version} published"
    assert f"Not compared with version {before}: " in text


def test_going_back_to_an_older_version_tells_nothing_and_forgets_nothing(told, receiver):
    old = json.loads((told.published / "current.json").read_text())["version"]
    version = publish_next(told, QUARANTINED)
    send_due(told, [], TODAY)
    assert len(receiver.messages) == 2
    show(told, old)
    send_due(told, [], TODAY)
    show(told, version)
    send_due(told, [], TODAY)
    assert len(receiver.messages) == 2


# --- quarantined, unexplained, late --------------------------------------------------------------


def test_a_quarantined_publication_is_told_once_with_the_reason_and_where_to_look(told, receiver):
    change(told, QUARANTINED)
    send_due(told, [], TODAY)
    send_due(told, [], TODAY)
    ((title, text),) = receiver.messages
    assert title == "border: 1 publication quarantined"
    assert (
        "cbp_custody_transfers, custody-and-transfer-statistics-fy2024: "
        "unreadable: found a page of HTML; expected a CSV file"
    ) in text
    assert "border query \"from meta.vintages where status = 'quarantined'\"" in text
    assert "site/quality.html (#refused)" in text


def test_a_quarantined_table_names_the_places_of_its_failing_rows(told, receiver):
    where = "where published_name = 'custody-and-transfer-statistics-fy2024'"
    change(
        told,
        "update meta.vintage_tables set status = 'quarantined', reasons = ['duplicate_row: twice'] "
        f"where vintage_id = (select vintage_id from meta.vintages {where});"
        "insert into meta.checks by name select 'r' as run_id, series, vintage_id, table_name, "
        "'gx' as engine, 'duplicate_row' as rule, 'critical' as severity, 'twice' as reason, "
        "false as passed, 2 as failing_count, now()::timestamp as checked_at, "
        """'[{"value": 1.0, "source_place": "Sep-24"}, {"source_place": "Aug-24"}]' as sample """
        "from meta.vintage_tables where status = 'quarantined' limit 1",
    )
    send_due(told, [], TODAY)
    ((title, text),) = receiver.messages
    assert "quarantined" in title
    assert "duplicate_row: twice Rows: Sep-24, Aug-24." in text


def test_every_query_that_a_message_or_the_runbook_names_is_answered(told, receiver):
    change(told, QUARANTINED)
    change(told, UNEXPLAINED)
    send_due(told, [], TODAY)
    runbook = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    texts = [runbook, *(text for _, text in receiver.messages)]
    queries = {sql for text in texts for sql in re.findall(r'^border query "(.+)"$', text, re.M)}
    assert len(queries) == 8
    for sql in queries:
        run_query(told, sql)


def test_what_leaves_quarantine_and_comes_back_is_told_again(told, receiver):
    change(told, QUARANTINED)
    send_due(told, [], TODAY)
    change(told, "update meta.vintages set status = 'accepted'")
    send_due(told, [], TODAY)
    assert len(receiver.messages) == 1
    change(told, QUARANTINED)
    send_due(told, [], TODAY)
    assert receiver.titles == ["border: 1 publication quarantined"] * 2


def test_an_unexplained_total_is_told_once_with_both_figures_and_the_difference(told, receiver):
    change(told, UNEXPLAINED)
    send_due(told, [], TODAY)
    publish_next(told)  # the same total in a version more is no news
    send_due(told, [], TODAY)
    (title, text), (second, _) = receiver.messages
    assert title == "border: 1 published total unexplained"
    assert "OFO Title 42 Expulsions, SW, FY2020 FY: published 7,744 (" in text
    assert "7,744 now" in text
    assert "difference −1,200" in text
    assert "published" in second


def fresh(settings: Settings, day: date) -> None:
    """Every vintage is as new as this day, but that of ICE, which is silent since January 2022."""
    change(
        settings,
        f"update meta.vintages set known_on = date '{day}' "
        "where series != 'ice_detention_statistics'",
    )


def test_a_late_series_is_told_once_and_again_only_for_another_silence(told, receiver):
    fresh(told, TODAY)
    send_due(told, [], TODAY)
    assert receiver.messages == []
    later = TODAY + timedelta(days=70)  # the state file is late after 60 days, OHSS after 200
    for day in range(3):
        send_due(told, [], later + timedelta(days=day))
    ((title, text),) = receiver.messages
    assert title.endswith("series late")
    assert "- cbp_nationwide_encounters_state: late. Nothing new for 70 days" in text
    assert "https://www.cbp.gov/document/stats/nationwide-encounters" in text
    assert "ohss_monthly_tables" not in text
    receiver.forget()
    fresh(told, later)
    send_due(told, [], later)
    send_due(told, [], later + timedelta(days=70))
    assert len(receiver.messages) == 1


def test_the_silence_of_ice_is_told_once_and_not_daily(live, receiver):
    fresh(live, TODAY)
    for day in range(5):
        fresh(live, TODAY + timedelta(days=day))
        send_due(live, [], TODAY + timedelta(days=day))
    silent = [text for title, text in receiver.messages if "no longer published?" in title]
    assert len(silent) == 1
    assert "- ice_detention_statistics: no longer published? Nothing new for" in silent[0]


# --- failed runs ---------------------------------------------------------------------------------


def test_a_failed_run_is_told_once_with_stage_message_and_what_to_do(told, receiver):
    send_due(told, [FAILED], TODAY)
    send_due(told, [FAILED], TODAY)
    ((title, text),) = receiver.messages
    assert title == "border: 1 run failed"
    assert "refresh, run run-1, 2026-11-24 09:00 UTC, build: dbt: a test failed" in text
    assert "type `border run`" in text


def test_a_failed_run_is_told_though_nothing_was_ever_published(tmp_path, receiver):
    settings = Settings(home=tmp_path, alert_urls=receiver.url)
    send_due(settings, [FAILED], TODAY)
    assert receiver.titles == ["border: 1 run failed"]


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("BORDER_HOME", str(tmp_path))
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as it:
        yield it


@dg.op
def models() -> None:
    """As a step that fails inside another error does."""
    try:
        raise ValueError("marts.releases: found 2 rows; expected 1")
    except ValueError as error:
        raise RuntimeError("the build ended") from error


@dg.op
def published() -> None:
    """Nothing."""


@dg.job
def refresh() -> None:
    models()


@dg.job
def rebuild() -> None:
    published()


def test_failed_runs_of_the_instance_come_with_their_innermost_cause(instance):
    refresh.execute_in_process(instance=instance, raise_on_error=False)
    (run,) = failed_runs(instance)
    assert (run.job, run.stage) == ("refresh", "build")
    assert run.message == "ValueError: marts.releases: found 2 rows; expected 1"
    assert run.stands
    rebuild.execute_in_process(instance=instance)
    (run,) = failed_runs(instance)
    assert not run.stands


def test_the_sensor_tells_of_a_failed_run_and_is_never_a_failure_itself(
    instance, receiver, monkeypatch
):
    refresh.execute_in_process(instance=instance, raise_on_error=False)

    def tick() -> str:
        with dg.build_sensor_context(instance=instance) as context:
            return alert_sensor(context).skip_message

    assert "BORDER_ALERT_URL is not set" in tick()
    monkeypatch.setenv("BORDER_ALERT_URL", receiver.url)
    receiver.status = 500
    assert "not delivered: border: 1 run failed" in tick()
    receiver.status = 200
    assert tick() == "sent: border: 1 run failed"
    assert tick() == "nothing to tell"
    assert len(receiver.messages) == 1


# --- the first message ---------------------------------------------------------------------------


def test_a_new_receiver_hears_how_things_stand_in_one_message_of_each_kind(live, receiver):
    change(live, "update meta.vintages set status = 'quarantined' where series like 'cbp%'")
    mended = [replace(FAILED, run_id=f"run-{number}", stands=False) for number in range(9)]
    send_due(live, mended, TODAY)
    send_due(live, mended, TODAY)
    titles = [title.removeprefix("border: ") for title in receiver.titles]
    version = json.loads((live.published / "current.json").read_text())["version"]
    assert [title.split()[1:] for title in titles[:2]] == [
        ["publications", "quarantined"],
        ["series", "late"],
    ]
    assert titles[2:] == [f"version {version} stands published"]
    count, lines = int(titles[0].split()[0]), receiver.messages[0][1].splitlines()
    assert count > 20
    assert sum(line.startswith("- ") for line in lines) == 11
    assert f"- and {count - 10} more" in lines


def test_without_a_receiver_nothing_is_remembered_and_how_things_stand_can_be_read(live):
    nobody = replace(live, alert_urls="")
    sending = send_due(nobody, [FAILED], TODAY)
    assert (sending.sent, sending.problems) == ([], [])
    assert not nobody.alerts.exists()
    titles = [text.title for text in first_texts(nobody, [FAILED])]
    assert titles[0] == "border: 1 run failed"
    assert titles[-1].endswith("stands published")


# --- receivers that fail -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 500, 302])
def test_what_a_receiver_did_not_take_is_sent_later_and_once(told, receiver, status):
    receiver.status, receiver.location = status, told.alert_urls.replace("json:", "http:")
    for _ in range(2):
        sending = send_due(told, [FAILED], TODAY)
        assert sending.sent == []
        (problem,) = sending.problems
        assert problem.startswith("not delivered: border: 1 run failed: URL 1 of BORDER_ALERT_URL")
        assert f"status {status}" in problem
    receiver.status = 200
    for _ in range(2):
        send_due(told, [FAILED], TODAY)
    assert receiver.titles == ["border: 1 run failed"]
    logged = [one["event"] for one in logged_events(told) if one["title"] == receiver.titles[0]]
    assert logged == ["alert not sent", "alert not sent", "alert sent"]


def test_a_receiver_that_is_not_there_is_a_problem_that_is_said(told):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings = replace(told, alert_urls=f"json://127.0.0.1:{port}/{TOKEN}")
    (problem,) = send_due(settings, [FAILED], TODAY).problems
    assert "could not be reached" in problem


def test_a_text_that_is_too_long_for_a_service_is_sent_in_parts(receiver, told):
    (it,) = receivers(told)
    assert it.deliver("border: long", "a line of text\n" * 3000) is None  # json:// takes 32,768
    assert sum(text.count("a line of text") for _, text in receiver.messages) == 3000
    assert len(receiver.messages) == 2


def test_one_receiver_that_is_down_takes_nothing_from_another(told, receiver):
    with alert_receiver() as other:
        other.status = 503
        both = replace(told, alert_urls=f"{other.url} {receiver.url}")
        for _ in range(2):
            send_due(both, [FAILED], TODAY)
        assert receiver.titles == ["border: 1 run failed"]
        other.status = 200
        send_due(both, [FAILED], TODAY)
        assert "border: 1 run failed" in other.titles
        assert receiver.titles == ["border: 1 run failed"]


def test_a_process_that_ends_between_two_messages_repeats_none_of_them(live, receiver, monkeypatch):
    """Each message is on the disk as told before the next one is sent."""
    taken = receiver.take

    def then_the_machine_stops(path, body):
        taken(path, body)
        if len(receiver.messages) == 2:
            receiver.messages.pop()
            receiver.status = 500

    monkeypatch.setattr(receiver, "take", then_the_machine_stops)
    send_due(live, [FAILED], TODAY)
    assert receiver.titles == ["border: 1 run failed"]
    monkeypatch.undo()
    receiver.status = 200
    send_due(live, [FAILED], TODAY)
    assert receiver.titles.count("border: 1 run failed") == 1
    assert len(receiver.titles) == 3


def test_two_processes_never_send_the_same(told, receiver):
    with told.alerts.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (problem,) = send_due(told, [FAILED], TODAY).problems
    assert "another process sending alerts" in problem
    assert receiver.messages == []
    send_due(told, [FAILED], TODAY)
    assert len(receiver.messages) == 1


def test_what_cannot_be_remembered_is_not_sent_every_minute(told, receiver, monkeypatch):
    def full(self, *_args, **_kwargs):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    (problem,) = send_due(told, [FAILED], TODAY).problems
    assert "No space left on device" in problem
    assert receiver.messages == []


def test_a_damaged_memory_is_said_and_how_to_mend_it(told, receiver):
    told.alerts.write_text("{")
    (problem,) = send_due(told, [FAILED], TODAY).problems
    assert problem.startswith(f"{told.alerts}: found what cannot be read as a record of alerts")
    assert "Delete the file" in problem
    assert receiver.messages == []


# --- a secret, and hostile text ------------------------------------------------------------------


@pytest.fixture
def log():
    """All that any part of the program writes to a log that is open for everything."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize("broken", [None, "status", "host", "scheme"])
def test_the_url_of_a_receiver_is_shown_nowhere(told, receiver, broken, log, capfd):
    url = receiver.url
    if broken == "status":
        receiver.status = 500
    elif broken == "host":
        url = url.replace("127.0.0.1", "127.0.0.1:1/x/127.0.0.1")
    elif broken == "scheme":
        url = f"no{url}"
    settings = replace(told, alert_urls=url)
    sending = send_due(settings, [FAILED], TODAY)
    assert bool(sending.problems) == bool(broken)
    files = "".join(
        path.read_text() for where in ("alerts*", "logs/*") for path in told.home.glob(where)
    )
    out = "".join(capfd.readouterr())
    shown = [log.getvalue(), out, files, repr(settings), repr(receivers(settings)), repr(sending)]
    for secret in (USER, PASSWORD, TOKEN):
        assert not any(secret in text for text in (*shown, *map(str, receiver.messages)))


def test_markup_of_a_publication_reaches_a_receiver_as_letters(told, receiver):
    hostile = (
        "<!channel> @everyone <b>x</b> [click](https://evil.example/) `code` *bold* "
        "\n\nborder: all is well\x1b[31m"
    )
    change(
        told,
        "update meta.vintages set status = 'quarantined', "
        f"published_name = '{hostile}', reasons = ['{hostile}'] "
        "where published_name = 'custody-and-transfer-statistics-fy2024'",
    )
    send_due(told, [replace(FAILED, message=hostile, stage=hostile)], TODAY)
    assert len(receiver.messages) == 3  # under another name it is another silence too
    for _, text in receiver.messages:
        assert "evil.example" in text
        for sign in ("<", ">", "@", "](", "://evil", "*bold", "`code", "\x1b"):
            assert sign not in text
        assert not any(line.startswith("border: all is well") for line in text.splitlines())


def test_a_text_of_others_keeps_its_letters_and_loses_its_markup():
    assert without_markup("FY21_detention-stats (1).xlsx, 50 %") == (
        "FY21_detention-stats (1).xlsx, 50 %"
    )
    assert without_markup("<@U1> [a](http://b)") == "‹＠U1› (a)(http: //b)"


# --- the sample, and a test ----------------------------------------------------------------------


def test_every_message_of_the_sample_says_that_it_is_the_sample(settings, receiver):
    change(settings, QUARANTINED)
    change(settings, UNEXPLAINED)
    (settings.home / "source.json").write_text('{"mode": "sample", "folder": null}')
    send_due(settings, [FAILED], TODAY)
    send_test(settings)
    assert len(receiver.messages) == 5
    for title, text in receiver.messages:
        assert title.startswith("border: SAMPLE: ")
        assert text.startswith(BANNERS["sample"])


def test_a_test_message_is_no_alert(live, receiver):
    assert send_test(live).problems == []
    assert receiver.titles == ["border: a test"]
    assert not live.alerts.exists()
    receiver.status = 401
    (problem,) = send_test(live).problems
    assert "it answered with status 401" in problem
