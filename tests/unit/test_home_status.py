"""`border status --json`: how a home stands, as programs read it."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.log import events
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.home_status import status_document
from orchestration.warehouse.publish import publish
from orchestration.warehouse.versions import rollback
from tests.build_file import add_vintage, make_build

KEYS = [
    "format", "version", "created_at", "source_mode", "rolled_back_from", "series", "quarantined",
    "last_run", "bytes",
]  # fmt: skip
PARTS = ["archive", "published", "warehouse", "build", "dagster", "logs"]


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path)
    make_build(settings)
    return settings


def asked(settings, monkeypatch, *arguments):
    monkeypatch.setenv("BORDER_HOME", str(settings.home))
    return CliRunner().invoke(app, ["status", *arguments])


def test_the_command_prints_one_document_about_the_sample(sample_home, monkeypatch):
    settings = Settings(home=sample_home)
    answer = asked(settings, monkeypatch, "--json")
    assert answer.exit_code == 0
    document = json.loads(answer.stdout)
    assert list(document) == KEYS
    assert document["format"] == 1
    assert document["source_mode"] == "sample"
    assert (
        document["version"]
        == (sample_home / "published" / "current.json")
        .read_text()
        .split('"version": "')[1]
        .partition('"')[0]
    )
    assert document["created_at"].endswith("Z")
    assert [one["series"] for one in document["series"]] == list(SERIES)
    assert all(one["accepted"] > 0 and one["is_late"] is False for one in document["series"])
    assert document["quarantined"] == []
    assert list(document["bytes"]) == PARTS
    assert all(document["bytes"].values())


def test_a_home_with_nothing_published_says_so_and_ends_as_the_table_does(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path / "none")
    answer, table = asked(settings, monkeypatch, "--json"), asked(settings, monkeypatch)
    assert answer.exit_code == table.exit_code == 1
    document = json.loads(answer.stdout)
    assert list(document) == KEYS
    assert (document["version"], document["series"], document["last_run"]) == (None, [], None)
    assert "border run" in answer.stderr
    assert not settings.home.exists(), "asking writes nothing"


def test_a_series_that_is_late_and_what_is_quarantined_are_told(settings):
    june, july = date(2026, 6, 1), date(2026, 7, 1)
    add_vintage(settings, "1", "ohss_monthly_tables", "may.xlsx", june, date(2026, 4, 30))
    reasons = ("months: found 'Maai'; expected a month",)
    add_vintage(
        settings, "2", "ohss_monthly_tables", "june.xlsx", july, None, "quarantined", reasons
    )
    add_vintage(
        settings, "3", "ice_detention_statistics", "FY26.xlsx", july, None, "accepted", reasons,
        "ice_facilities",
    )  # fmt: skip
    publish(settings, "live", "run-1", "accepted-1")
    document = status_document(settings, today=date(2028, 1, 1))
    late = {one["series"]: (one["state"], one["is_late"]) for one in document["series"]}
    assert late["ohss_monthly_tables"] == ("late", True)
    assert late["ice_detention_statistics"] == ("no longer published?", True)
    assert late["cbp_custody_transfers"] == ("none held", False)
    assert document["quarantined"] == [
        {
            "vintage_id": "3",
            "series": "ice_detention_statistics",
            "published_name": "FY26.xlsx",
            "table": "ice_facilities",
            "rows": 7,
            "reasons": reasons,
            "known_on": "2026-07-01",
        },
        {
            "vintage_id": "2",
            "series": "ohss_monthly_tables",
            "published_name": "june.xlsx",
            "table": None,
            "rows": 0,
            "reasons": reasons,
            "known_on": "2026-07-01",
        },
    ]


def test_a_rollback_is_told(settings):
    first = publish(settings, "live", "run-1", "accepted-1").version
    second = publish(settings, "live", "run-2", "accepted-2").version
    rollback(settings, first)
    document = status_document(settings)
    assert (document["version"], document["rolled_back_from"]) == (first, second)


def test_the_last_run_is_the_one_that_began_last_with_the_seconds_of_its_stages(settings):
    log = events(settings)
    for run in ("a", "b"):
        log.info("run started", run_id=run, job="refresh", source_mode="live")
        log.info("stage ended", run_id=run, stage="build", seconds=1.5)
        log.error("stage ended", run_id=run, stage="publish", seconds=0.5)
        log.info("stage ended", run_id="another", stage="acquire x", seconds=9)
        log.info("run ended", run_id=run, status="failure", seconds=2.5, version=None)
    log.info("alert sent")
    run = status_document(settings)["last_run"]
    assert run["started_at"] <= run.pop("ended_at")
    assert run.pop("started_at")
    assert run == {
        "run_id": "b",
        "job": "refresh",
        "status": "failure",
        "seconds": 2.5,
        "stages": {"build": 1.5, "publish": 0.5},
    }


def test_a_run_that_goes_on_has_no_end(settings):
    events(settings).info("run started", run_id="a", job="refresh")
    run = status_document(settings)["last_run"]
    assert (run["status"], run["ended_at"], run["seconds"]) == ("started", None, None)


def test_a_log_that_is_no_log_is_no_run(settings):
    settings.logs.mkdir()
    (settings.logs / "events.jsonl").write_bytes(b'\xff\n[1]\n"a"\n{"event": 1}\n{"run_id":')
    assert status_document(settings)["last_run"] is None


def test_a_file_with_two_names_takes_its_room_once(settings):
    publish(settings, "live", "run-1", "accepted-1")
    stable = settings.published / "border.duckdb"
    each = [path for path in settings.published.rglob("*") if path.is_file()]
    assert stable.stat().st_nlink == 2
    found = status_document(settings)["bytes"]["published"]
    assert found == sum(path.stat().st_size for path in each) - stable.stat().st_size


def test_the_documents_keys_are_those_in_the_documentation():
    from orchestration.settings import PROJECT_ROOT

    text = (PROJECT_ROOT / "docs" / "how_it_works.md").read_text(encoding="utf-8")
    told = text.partition("`border status --json` prints")[2].partition("\n## ")[0]
    for key in (*KEYS, *PARTS):
        assert f"`{key}`" in told, key


def test_the_command_is_one_that_a_program_can_ask_while_a_run_is_going_on(settings, monkeypatch):
    from orchestration.warehouse.connection import warehouse

    publish(settings, "live", "run-1", "accepted-1")
    with warehouse(settings):
        assert asked(settings, monkeypatch, "--json").exit_code == 0
