"""The command `border`: what each command prints, and its exit code."""

import re
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from orchestration import cli, run_summary
from orchestration.mirror.manifest import COLUMNS
from orchestration.mirror.source import NOT_CHOSEN, Source
from orchestration.run import Refused, RunReport
from orchestration.settings import Settings
from orchestration.warehouse.status import SeriesStatus
from tests.conftest import BORDER, border


@pytest.fixture
def said(monkeypatch):
    """What the command prints, on 160 columns."""
    out = StringIO()
    monkeypatch.setattr(run_summary, "console", Console(file=out, width=160))
    monkeypatch.setattr(run_summary, "errors", Console(file=out, width=160))
    return out


def report(**facts) -> RunReport:
    return RunReport(
        run_id="run", version_is_new=True, **{"succeeded": True, "version": "1"} | facts
    )


# --- the summary of a run --------------------------------------------------------------------

FACILITIES = Refused(
    "ice_detention_statistics",
    "FY21-detentionstats.xlsx",
    "ice_facilities",
    1882,
    (
        "duplicate_row: the same labels twice for one month would be counted twice (4 rows, e.g. "
        "fiscal_year 2021, name FREDERICK HOLDROOM, address 3770 PURITAN WAY, city FREDERICK)",
        "number_of_facilities: between 105 and 225 facilities stand in every workbook but one, "
        "which lists the 1,882 that ICE ever knew, most of them empty (FY21-detentionstats of "
        "2021-01-13) (1 rows, e.g. rows 1882, fiscal_year 2021, null_values 0, new_labels 0)",
    ),
)


def test_a_quarantined_table_shows_its_rows_and_every_rule_in_one_line_that_can_be_read(said):
    run_summary._print_refused([FACILITIES])
    line = said.getvalue().splitlines()[0]
    assert line.startswith(
        "quarantined ice_facilities (1,882 rows) of FY21-detentionstats.xlsx: duplicate_row: "
    )
    assert "number_of_facilities: between 105 and 225 facilities stand" in line
    assert len(line) < 250 + 90


def test_many_quarantined_tables_are_summed_up_in_a_dozen_lines(said):
    same = [
        Refused("ice", f"workbook {n}", "removals", 5, ("table_missing: no table",))
        for n in range(40)
    ]
    other = [Refused("cbp", "page", f"table {n}", 5, (f"rule_{n}: bad",)) for n in range(30)]
    run_summary._print_refused([*same, *other])
    lines = said.getvalue().splitlines()
    assert sum(line.startswith("quarantined") for line in lines) == 12
    assert "removals (5 rows) of workbook 0 (and 39 more vintages): table_missing" in lines[0]
    assert lines[-2] == "and 19 more kinds"
    assert "all 70:" in lines[-1]


def test_text_of_a_publication_cannot_write_on_the_terminal(said):
    run_summary._print_refused(
        [Refused("ice", "a\x1b[2Jname[red]", None, 0, ("rule: \x07bell\nline",))]
    )
    assert "\x1b" not in said.getvalue()
    assert "\x07" not in said.getvalue()
    assert "a [2Jname[red]: rule: bell line" in said.getvalue()


def test_the_checks_line_says_who_judged(said):
    one = report()
    one.checks.update({("gate", "passed"): 1234, ("gate", "warned"): 2, ("dbt", "passed"): 74})
    assert run_summary._checks(one) == (
        "gate (readers and Great Expectations) 1,234 passed, 2 warned, 0 failed; "
        "dbt (tests of the models) 74 passed, 0 warned, 0 failed"
    )
    assert run_summary._checks(report()) == "none; there was nothing to judge"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, 0),
        ({"refused": [FACILITIES]}, 3),
        ({"errors": ["a page"]}, 3),
        ({"succeeded": False}, 1),
        ({"succeeded": False, "refused": [FACILITIES]}, 1),
        ({"version": None}, 1),
    ],
)
def test_exit_codes(facts, code):
    assert report(**facts).exit_code == code


# --- reading what is published ---------------------------------------------------------------


def test_status_fits_a_hundred_columns_without_cutting_a_date_or_a_count(sample_home):
    asked = border(sample_home, "status", COLUMNS="100")
    assert asked.returncode == 0, asked.stderr
    assert max(map(len, asked.stdout.splitlines())) <= 100
    assert "cbp_nationwide_encounters_state" in asked.stdout
    assert len(re.findall(r"\d{4}-\d\d-\d\d", asked.stdout)) == 7
    assert len(re.findall(r"\d days", asked.stdout)) == 7
    assert asked.stdout.count("not judged") == 6
    assert "2022_0118_ohss_immigration-enforc" in asked.stdout


def test_status_of_the_worst_case_fits_a_hundred_columns():
    worst = SeriesStatus(
        "cbp_nationwide_encounters_state", "CBP", "x" * 120, "quarantined", None, 1000, 100, 100,
        10000, "no longer published?",
    )  # fmt: skip
    out = StringIO()
    table = cli._status_table([worst.cells()], 100)
    Console(file=out, width=100).print(table)
    for whole in ("1,000", "100 + 100 tables", "10,000 days", "no longer published?"):
        assert whole in out.getvalue()
    assert cli._status_table([worst.cells()], 70) is None, "then one line a column"


def test_query_answers_as_a_table_and_where_that_is_too_wide_as_records(sample_home):
    narrow = border(sample_home, "query", "select 1 as one, 'a' as letter", COLUMNS="60")
    assert narrow.returncode == 0
    assert re.search(r"one +letter", narrow.stdout)
    wide = border(sample_home, "query", "from meta.vintages limit 2", COLUMNS="60")
    assert wide.returncode == 0
    assert len(re.findall(r"^published_name +\S+", wide.stdout, re.M)) == 2


def test_query_says_when_it_prints_not_all_rows(sample_home):
    asked = border(sample_home, "query", "from range(100)", "--rows", "3")
    assert "3 of 100 rows; --rows N prints more" in asked.stdout


@pytest.mark.parametrize(
    "sql", ["drop table marts.encounters", "select 1; select 2", "copy marts.encounters to 'x.csv'"]
)
def test_query_refuses_all_but_one_reading_statement(sample_home, sql):
    asked = border(sample_home, "query", sql)
    assert asked.returncode == 1
    assert asked.stderr.startswith("error")


def test_query_of_a_table_that_is_not_there_names_those_that_are(sample_home):
    asked = border(sample_home, "query", "from marts.nothing")
    assert asked.returncode == 1
    assert "marts.border_monthly" in asked.stderr


def test_versions_lists_the_current_one(sample_home):
    asked = border(sample_home, "versions")
    assert asked.returncode == 0
    assert re.search(r"\d{4}\.\d\d\.\d\d\.1 .* sample .* current", asked.stdout)


@pytest.mark.parametrize("command", [["status"], ["query", "select 1"]])
def test_a_home_without_a_version_says_what_to_type(tmp_path, command):
    asked = border(tmp_path, *command)
    assert asked.returncode == 1
    assert "border run" in asked.stderr


def test_the_query_that_a_run_suggests_can_be_typed(sample_home, said):
    run_summary._outcome(report(), Settings(home=sample_home))
    (suggested,) = re.findall(r'border query "([^"]+)"', said.getvalue())
    asked = border(sample_home, "query", suggested)
    assert asked.returncode == 0, asked.stderr
    assert len(re.findall(r"\d{4}-\d\d-01", asked.stdout)) == 12


@contextmanager
def at_work_in(home):
    """Another process that holds the warehouse of a home."""
    busy = (
        "import sys; from pathlib import Path; from orchestration.settings import Settings; "
        "from orchestration.warehouse.connection import warehouse_lock\n"
        "with warehouse_lock(Settings(home=Path(sys.argv[1]))):\n"
        "    print('busy', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", busy, str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout.readline() == "busy\n"
        yield other
        other.stdin.close()


def test_two_runs_at_once_are_refused_by_name_of_the_other(tmp_path):
    with at_work_in(tmp_path) as other:
        run = border(tmp_path, "run")
    assert run.returncode == 1
    assert f"process {other.pid}" in run.stderr
    assert not (tmp_path / "archive").exists(), "nothing was begun"


# --- the source of a home --------------------------------------------------------------------


def a_folder(path):
    """A folder of publications that holds none."""
    path.mkdir()
    (path / "manifest.csv").write_text(",".join(COLUMNS) + "\n")
    return path


def test_a_run_that_is_refused_leaves_the_source_of_the_run_at_work_as_it_is(tmp_path):
    live = Source("live")
    live.remember(Settings(home=tmp_path / "home"))
    with at_work_in(tmp_path / "home"):
        run = border(tmp_path / "home", "run", "--source", str(a_folder(tmp_path / "folder")))
    assert run.returncode == 1
    assert "at work in it" in run.stderr
    assert Source.remembered(Settings(home=tmp_path / "home")) == live


def test_months_that_cannot_be_asked_for_choose_no_source(tmp_path):
    run = border(tmp_path, "run", "--source", "live", "--to", "2025-10")
    assert run.returncode == 1
    assert "found --to alone" in run.stderr
    assert Source.remembered(Settings(home=tmp_path)).mode == NOT_CHOSEN


def test_the_sample_is_not_taken_from_a_mirror(tmp_path):
    run = border(tmp_path, "run", BORDER_MIRROR_URL="http://127.0.0.1:8765")
    assert run.returncode == 1
    assert run.stderr.startswith("error: BORDER_MIRROR_URL: found 'http://127.0.0.1:8765'")
    assert "border run --source live" in run.stderr
    assert not (tmp_path / "source.json").exists()


# --- settings that cannot be ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "variable", "value", "expected"),
    [
        ("status", "BORDER_RETRIES", "x", "expected a number of 0 or more"),
        ("status", "BORDER_KEEP_VERSIONS", "inf", "expected a number of 0 or more"),
        ("status", "BORDER_READ_TIMEOUT", "-1", "expected a number of 0 or more"),
        ("versions", "BORDER_CBP_CRON", "17 30", "expected five fields"),
        ("run", "BORDER_CBP_CRON", "30 25 * * *", "expected a time that there is"),
        ("rebuild", "BORDER_ICE_CRON", "0 19 * * monday", "expected a time that there is"),
        ("ui --only daemon", "BORDER_OHSS_CRON", "0 18 32 * *", "expected a time that there is"),
    ],
)
def test_a_setting_that_cannot_be_is_named_in_one_line(
    tmp_path, command, variable, value, expected
):
    asked = border(tmp_path, *command.split(), **{variable: value})
    assert asked.returncode == 1
    (line,) = asked.stderr.splitlines()
    assert line.startswith(f"error: {variable}: found {value!r}; {expected}")
    assert "Unset it" in line


# --- the mirror ------------------------------------------------------------------------------


def test_the_mirror_serves_a_folder_until_it_is_ended(sample_home):
    command = [str(BORDER), "mirror", str(sample_home / "sample"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as mirror:
        try:
            url = mirror.stdout.readline().rsplit(" ", 1)[-1].strip()
            page = f"{url}/www.ice.gov/detain/detention-management"
            assert b"FY21_detentionStats10012021.xlsx" in urllib.request.urlopen(page).read()
        finally:
            mirror.terminate()


def test_a_mirror_of_a_folder_without_a_manifest_is_refused(tmp_path):
    asked = border(tmp_path, "mirror", str(tmp_path))
    assert asked.returncode == 1
    assert "manifest.csv" in asked.stderr


def test_a_mirror_on_a_port_that_is_taken_names_the_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        asked = border(tmp_path, "mirror", str(a_folder(tmp_path / "folder")), "--port", port)
    assert asked.returncode == 1
    (line,) = asked.stderr.splitlines()
    assert line.startswith(
        f"error: 127.0.0.1, port {port}: found 'Address already in use'; expected"
    )
    assert "--port 0" in line


def test_every_command_has_a_line_of_help():
    listed = border(Path(), "--help").stdout
    for command in ("run", "rebuild", "status", "query", "versions", "mirror", "ui"):
        assert re.search(rf"^\W*{command} +\w+", listed, re.M), command
