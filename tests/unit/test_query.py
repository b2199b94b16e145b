"""A query reads the published file and can do nothing else."""

from datetime import date

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import NothingPublishedError, QueryError, run_query
from tests.build_file import change_build, make_build


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    make_build(settings)
    publish(settings, "live", "run-1", "accepted-1")
    return settings


def test_an_answer_has_columns_types_and_rows(settings):
    answer = run_query(
        settings, "select reference_month, encounter_count from marts.encounters order by 1"
    )
    assert answer.columns == ("reference_month", "encounter_count")
    assert answer.types == ("DATE", "BIGINT")
    assert answer.rows == [(date(2020, 10, 1), 67639), (date(2020, 11, 1), None)]


@pytest.mark.parametrize(
    "sql",
    [
        "from marts.book_ins",
        "select 1;",
        "-- a note\nselect 1 -- another\n;",
        "describe marts.book_ins",
        "show all tables",
        "summarize marts.book_ins",
        "values (1)",
        "explain select * from marts.book_ins",
        "explain analyze select * from marts.book_ins",
        "pragma table_info('marts.book_ins')",
        "with agencies as (select agency from marts.book_ins) from agencies",
        "pivot marts.book_ins on agency using sum(book_in_count)",
    ],
)
def test_what_only_reads_is_answered(settings, sql):
    assert run_query(settings, sql).rows


@pytest.mark.parametrize(
    "sql",
    [
        "insert into marts.book_ins values (2025, 'ICE', 1)",
        "update marts.book_ins set book_in_count = 0",
        "delete from marts.book_ins",
        "drop table marts.book_ins",
        "create table marts.mine as select 1",
        "create temp table mine as select 1",
        "create temp macro one() as 1",
        "attach 'other.duckdb'",
        "detach border",
        "use meta",
        "copy marts.book_ins to 'out.csv'",
        "copy marts.book_ins from 'in.csv'",
        "export database 'out'",
        "install httpfs",
        "load httpfs",
        "set threads = 1",
        "reset threads",
        "pragma memory_limit = '1GB'",
        "pragma enable_profiling",
        "call pragma_version()",
        "checkpoint",
        "vacuum",
        "begin",
        "prepare mine as select 1",
    ],
)
def test_a_statement_that_does_more_than_read_is_refused(settings, sql):
    with pytest.raises(QueryError, match="expected one that only reads"):
        run_query(settings, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "from read_csv('{file}')",
        "from read_text('{file}')",
        "from '{file}'",
        "from glob('/*')",
        "from parquet_scan('{file}')",
        "from sqlite_scan('{file}', 'x')",
        "import database '{file}'",
        "explain analyze copy marts.book_ins to '{file}.out'",
        "explain analyze delete from marts.book_ins",
    ],
)
def test_a_query_cannot_reach_another_file(settings, sql, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(QueryError):
        run_query(settings, sql.format(file=secret))
    assert list(tmp_path.iterdir()) == [secret]


def test_a_query_cannot_reach_the_variables_of_the_program(settings):
    frame = __import__("pandas").DataFrame({"a": [1]})
    assert len(frame) == 1
    with pytest.raises(QueryError):
        run_query(settings, "from frame")


@pytest.mark.parametrize("sql", ["", "  ", "-- only a note", "select 1; select 2"])
def test_exactly_one_statement_is_expected(settings, sql):
    with pytest.raises(QueryError, match=r"found [02] statements; expected one"):
        run_query(settings, sql)


def test_two_statements_are_refused_before_the_first_runs(settings):
    with pytest.raises(QueryError, match="found 2 statements"):
        run_query(settings, "pragma enable_profiling; select 1")


@pytest.mark.parametrize("table", ["encounter", "marts.apprehensions_by_day", "raw.anything"])
def test_an_unknown_table_is_answered_with_the_names_of_the_marts(settings, table):
    with pytest.raises(QueryError, match=r"marts\.book_ins, marts\.encounters"):
        run_query(settings, f"select * from {table}")


def test_an_unknown_column_is_answered_with_the_columns_there_are(settings):
    with pytest.raises(QueryError, match="book_in_count"):
        run_query(settings, "select book_ins_count from marts.book_ins")


def test_a_slip_of_the_pen_is_shown_where_it_stands(settings):
    with pytest.raises(QueryError, match="syntax error"):
        run_query(settings, "selec 1")


def test_before_the_first_run_the_query_says_what_to_type(tmp_path):
    with pytest.raises(NothingPublishedError, match="border run"):
        run_query(Settings(home=tmp_path), "select 1")


def test_a_query_after_a_publish_sees_the_new_figures(tmp_path):
    settings = Settings(home=tmp_path)
    figures = []
    for october in (67639, 69032):
        make_build(settings, october)
        change_build(settings, "checkpoint")
        publish(settings, "live", "run-1", "accepted-1")
        figures += run_query(
            settings, "select sum(encounter_count)::int from marts.encounters"
        ).rows
    assert figures == [(67639,), (69032,)]
