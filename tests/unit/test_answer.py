"""An answer as a file: CSV, JSON or Parquet, and questions to the private warehouse."""

import csv
import io
import json
import subprocess
import sys
from datetime import date

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.settings import Settings
from orchestration.warehouse.answer import FORMATS, write_answer
from orchestration.warehouse.connection import WarehouseBusyError, warehouse, warehouse_lock
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import QueryError, run_query
from tests.build_file import make_build

ENCOUNTERS = "select reference_month, encounter_count, null_reason from marts.encounters order by 1"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    make_build(settings)
    publish(settings, "live", "run-1", "accepted-1")
    with warehouse(settings) as connection:
        connection.execute("create schema raw; create schema ledger")
        connection.execute(
            "create table raw.ice_removals as select 'a1' as vintage_id, 271484 as v"
        )
        connection.execute("create table ledger.vintages as select 'a1' as vintage_id")
    return settings


def printed(settings, sql, kind, **options) -> bytes:
    out = io.BytesIO()
    write_answer(settings, sql, kind, out, **options)
    return out.getvalue()


def asked(settings, monkeypatch, *arguments):
    monkeypatch.setenv("BORDER_HOME", str(settings.home))
    return CliRunner().invoke(app, ["query", *arguments])


def test_json_is_one_array_of_records_with_iso_dates_and_null_where_nothing_was_published(settings):
    assert json.loads(printed(settings, ENCOUNTERS, "json")) == [
        {"reference_month": "2020-10-01", "encounter_count": 67639, "null_reason": None},
        {"reference_month": "2020-11-01", "encounter_count": None, "null_reason": "-"},
    ]


def test_json_of_no_rows_is_an_empty_array(settings):
    assert json.loads(printed(settings, "from marts.encounters where false", "json")) == []


def test_json_has_times_in_iso_and_no_number_that_json_does_not_know(settings):
    sql = "select timestamp '2020-10-01 01:02:03' as at, 'nan'::double as x, 'inf'::double as y"
    assert json.loads(printed(settings, sql, "json")) == [
        {"at": "2020-10-01T01:02:03.000000", "x": None, "y": None}
    ]


def test_csv_has_a_header_and_leaves_a_missing_count_empty(settings):
    assert printed(settings, ENCOUNTERS, "csv").decode().splitlines() == [
        "reference_month,encounter_count,null_reason",
        "2020-10-01,67639,",
        "2020-11-01,,-",
    ]


def test_a_text_or_heading_that_a_spreadsheet_would_run_is_guarded_in_csv_only(settings):
    sql = (
        """select '=HYPERLINK("http://x")' as "+cmd", '-' as lone, -5 as number, e'\\t=1' as tab"""
    )
    heading, row = csv.reader(io.StringIO(printed(settings, sql, "csv").decode()))
    assert heading == ["'+cmd", "lone", "number", "tab"]
    assert row == ['\'=HYPERLINK("http://x")', "-", "-5", "'\t=1"]
    assert json.loads(printed(settings, sql, "json"))[0]["+cmd"] == '=HYPERLINK("http://x")'


def test_parquet_keeps_types_and_sums_are_whole_numbers(settings, tmp_path):
    file = tmp_path / "answer.parquet"
    sql = (
        "select reference_month, sum(encounter_count) as encounters from marts.encounters "
        "group by 1 order by 1"
    )
    write_answer(settings, sql, "parquet", file)
    answer = duckdb.sql(f"from '{file}'")
    assert [str(kind) for kind in answer.types] == ["DATE", "BIGINT"]
    assert answer.fetchall() == [(date(2020, 10, 1), 67639), (date(2020, 11, 1), None)]
    assert pd.read_parquet(file)["encounters"].sum() == 67639


@pytest.mark.parametrize("kind", FORMATS)
def test_two_columns_of_one_name_would_lose_one_and_are_refused(settings, kind):
    with pytest.raises(QueryError, match=r"more than one column called a;.*with AS"):
        printed(settings, "select 1 as a, 2 as a", kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_only_reading_is_answered_whatever_the_format(settings, kind, tmp_path):
    with pytest.raises(QueryError, match="expected one that only reads"):
        printed(settings, f"copy marts.encounters to '{tmp_path}/x.csv'", kind)
    with pytest.raises(QueryError):
        printed(settings, f"from '{tmp_path}/x.csv'", kind)


def test_a_file_that_cannot_be_written_is_named(settings, tmp_path):
    with pytest.raises(QueryError, match=r"nowhere/x\.csv: the answer could not be written"):
        write_answer(settings, "select 1", "csv", tmp_path / "nowhere" / "x.csv")


def test_the_command_writes_all_rows_to_a_file_and_prints_nothing(settings, monkeypatch, tmp_path):
    file = tmp_path / "it's.json"
    done = asked(
        settings, monkeypatch, "from range(100) as r(n)", "--format", "json", "--output", str(file)
    )
    assert (done.exit_code, done.output) == (0, "")
    assert [row["n"] for row in json.loads(file.read_text())] == list(range(100))


def test_the_command_prints_parquet_into_a_pipe_but_not_on_a_terminal(settings, monkeypatch):
    done = asked(settings, monkeypatch, "select 1 as one", "--format", "parquet")
    assert done.stdout_bytes.startswith(b"PAR1")
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    done = asked(settings, monkeypatch, "select 1 as one", "--format", "parquet")
    assert done.exit_code == 1
    assert "expected --output FILE or a pipe" in done.stderr


def test_a_table_is_to_look_at_and_is_not_written_to_a_file(settings, monkeypatch, tmp_path):
    done = asked(settings, monkeypatch, "select 1", "--output", str(tmp_path / "x"))
    assert done.exit_code == 1
    assert "expected --format csv, json or parquet" in done.stderr
    assert not (tmp_path / "x").exists()


# --- the private warehouse ---------------------------------------------------------------------


def test_raw_tables_are_read_from_the_private_warehouse(settings, monkeypatch):
    assert run_query(settings, "select v from raw.ice_removals", raw=True).rows == [(271484,)]
    done = asked(
        settings, monkeypatch, "--raw", "select v from raw.ice_removals", "--format", "csv"
    )
    assert done.stdout == "v\n271484\n"


def test_an_unknown_raw_table_is_answered_with_those_there_are(settings):
    with pytest.raises(QueryError, match=r"ledger\.vintages, raw\.ice_removals"):
        run_query(settings, "from raw.ice_removal", raw=True)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from raw.ice_removals",
        "create table raw.mine as select 1",
        "attach 'other.duckdb'",
        "from read_text('/etc/hostname')",
        "select 1; select 2",
    ],
)
def test_the_private_warehouse_is_only_read_and_nothing_else(settings, sql):
    with pytest.raises(QueryError):
        run_query(settings, sql, raw=True)
    assert run_query(settings, "select count(*) from raw.ice_removals", raw=True).rows == [(1,)]


def test_raw_tables_are_refused_while_a_run_is_going_on_and_the_published_ones_are_not(settings):
    hold = (
        "import sys\nfrom pathlib import Path\n"
        "from orchestration.settings import Settings\n"
        "from orchestration.warehouse.connection import warehouse_lock\n"
        "with warehouse_lock(Settings(home=Path(sys.argv[1]))):\n"
        "    print('at work', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", hold, str(settings.home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as run:
        assert run.stdout.readline() == "at work\n"
        with pytest.raises(WarehouseBusyError, match=f"process {run.pid} at work"):
            run_query(settings, "from raw.ice_removals", raw=True)
        assert run_query(settings, "from marts.book_ins").rows
        run.stdin.close()


def test_the_lock_is_given_back_after_a_raw_question(settings):
    with pytest.raises(QueryError):
        run_query(settings, "selec 1", raw=True)
    with warehouse_lock(settings):
        pass


def test_raw_tables_hold_every_vintage_and_take_no_past_day(settings):
    with pytest.raises(QueryError, match="choose by vintage_id"):
        run_query(settings, "from raw.ice_removals", date(2024, 1, 1), raw=True)


def test_before_the_first_run_there_is_no_raw_table_and_no_folder_is_made(tmp_path):
    with pytest.raises(QueryError, match="border run"):
        run_query(Settings(home=tmp_path / "none"), "select 1", raw=True)
    assert not (tmp_path / "none").exists()
