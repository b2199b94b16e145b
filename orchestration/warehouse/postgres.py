"""The published version in a PostgreSQL database, for tools that cannot open a DuckDB file.

Each version is loaded into a schema of its own, e.g. ``border_2026_11_24_1``, whose tables nobody
else uses. What people and tools read are the views ``marts.*`` and ``meta.*``, which are pointed at
the new tables in one transaction. They stay the same views, so that what others built on them
survives. The schema ``history`` and the answers for a past day exist in the DuckDB file only.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import duckdb
import psycopg
from psycopg import conninfo, errors, sql

from orchestration.settings import Settings
from orchestration.warehouse.marts import Mart, grains_in, quoted, tables_in
from orchestration.warehouse.query import open_published
from orchestration.warehouse.versions import About, about_in

#: The schemas that are loaded, and the views that readers use.
SCHEMAS = ("marts", "meta")

#: The first release in which two NULLs can be kept from being two different keys.
OLDEST_SERVER = 15

#: A publish lets go of all views before PostgreSQL's deadlock detector (1 s) wakes, for that might
#: end a reader instead; then it comes again.
LOCK_SECONDS = 0.5
TRIES = 60
PAUSE_SECONDS = 0.5

ROWS_AT_ONCE = 10_000

_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38,0)",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "VARCHAR": "text",
}

_VERSION_SCHEMA = r"^border_\d{4}_\d{2}_\d{2}_\d+$"

_Connection = psycopg.Connection[tuple[object, ...]]


class PostgresError(Exception):
    """A version that was not published there. Readers of the database have what they had."""


@dataclass(frozen=True)
class PostgresVersion:
    """What readers of the database now see.

    ``rows`` by table (``marts.x``), empty if the version stood there already; ``dropped``: schemas
    of older versions that are gone; ``kept``: those that had to stay, and why.
    """

    version: str
    schema: str
    rows: dict[str, int]
    dropped: tuple[str, ...]
    kept: dict[str, str]


def publish_to_postgres(settings: Settings, url: str, reader: str | None = None) -> PostgresVersion:
    """Load the current version into the database and point ``marts.*`` and ``meta.*`` at it.

    ``url``: ``postgresql://...``; a password may also stand where libpq looks for one (PGPASSWORD,
    ``~/.pgpass``). ``reader``: a role that exists, and gets the right to read these views.
    NothingPublishedError before the first run. PostgresError, and nothing changed for readers, if
    the database refuses, or if a column that readers know is gone or has another type.
    """
    with open_published(settings) as published, _connected(url) as connection:
        about = about_in(published)
        schema = "border_" + about.version.replace(".", "_")
        _refuse_unfit(connection, about, reader)
        served = _served_schemas(connection)
        rows = {} if _is_loaded(connection, schema, about) else _load(connection, published, schema)
        _repoint(connection, _tables(published), schema, reader)
        dropped, kept = _drop_old(connection, {schema, *served})
    return PostgresVersion(about.version, schema, rows, dropped, kept)


# --- the database ------------------------------------------------------------------------------


@contextmanager
def _connected(url: str) -> Iterator[_Connection]:
    """A connection that no other publish shares; every error of the database without a password."""
    if not re.match(r"postgres(ql)?://", url):
        raise PostgresError(
            "found a target that does not begin with postgresql://; expected "
            "postgresql://USER@HOST:PORT/DATABASE."
        )
    try:
        with closing(
            psycopg.connect(url, autocommit=True, application_name="border", client_encoding="utf8")
        ) as connection:
            _be_the_only_publisher(connection)
            yield connection
    except psycopg.Error as error:
        said = _without_password(str(error).strip(), url)
        refused = isinstance(error, errors.InsufficientPrivilege)
        remedy = " Give the role the right to create schemas in that database." if refused else ""
        raise PostgresError(
            f"{masked(url)}: {said}. Readers there have what they had.{remedy}"
        ) from None


def _be_the_only_publisher(connection: _Connection) -> None:
    (version,) = _row(connection, "select current_setting('server_version_num')::int / 10000")
    if not isinstance(version, int) or version < OLDEST_SERVER:
        raise PostgresError(
            f"found PostgreSQL {version}; expected {OLDEST_SERVER} or later. Use a newer server."
        )
    # held until the connection is closed
    (is_free,) = _row(connection, "select pg_try_advisory_lock(hashtext('border publish'))")
    if not is_free:
        raise PostgresError(
            "found another publish at work in that database; expected none. Wait until it has "
            "ended, then publish again."
        )


def masked(url: str) -> str:
    """The target as it may be shown: user, host, port and database."""
    with suppress(psycopg.Error):
        known = conninfo.conninfo_to_dict(url)
        user = f"{known['user']}@" if "user" in known else ""
        port = f":{known['port']}" if "port" in known else ""
        return f"postgresql://{user}{known.get('host', '')}{port}/{known.get('dbname', '')}"
    return "postgresql://..."


def _without_password(message: str, url: str) -> str:
    secrets = [url, url.partition("://")[2]]
    with suppress(psycopg.Error):
        secrets.append(str(conninfo.conninfo_to_dict(url).get("password") or ""))
    secrets += re.findall(r"//[^/]*?:(.*)@", url) + re.findall(r"password=([^&]*)", url)
    for secret in filter(None, secrets):
        message = message.replace(secret, "***")
    return message


def _row(
    connection: _Connection, query: str, parameters: Sequence[object] = ()
) -> tuple[object, ...]:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row


def _refuse_unfit(connection: _Connection, about: About, reader: str | None) -> None:
    if (
        reader is not None
        and not connection.execute("select 1 from pg_roles where rolname = %s", [reader]).fetchone()
    ):
        raise PostgresError(
            f"found no role {reader!r} in that database; expected one that exists. Create it: "
            f"create role {quoted(reader)} login."
        )
    for schema in _served_schemas(connection):
        (mode,) = connection.execute(
            sql.SQL("select source_mode from {}").format(sql.Identifier(schema, "meta_about"))
        ).fetchone() or (about.source_mode,)
        if (mode == "sample") != (about.source_mode == "sample"):
            raise PostgresError(
                f"found figures of the source {mode!r} in that database; this version is of the "
                f"source {about.source_mode!r}. The sample and real figures are never mixed: "
                "publish to another database."
            )


def _is_loaded(connection: _Connection, schema: str, about: About) -> bool:
    """Whether this version stands in its schema already: a schema is loaded whole or not at all."""
    if not connection.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone():
        return False
    there = connection.execute(
        sql.SQL("select version, built_at, source_mode from {}").format(
            sql.Identifier(schema, "meta_about")
        )
    ).fetchone()
    if there != (about.version, about.built_at, about.source_mode):
        raise PostgresError(
            f"schema {schema}: found version {there}; expected version {about.version} built at "
            f"{about.built_at}. It comes from another home: publish to another database, or drop "
            "that schema."
        )
    return True


# --- a version in its own schema ---------------------------------------------------------------


def _load(
    connection: _Connection, published: duckdb.DuckDBPyConnection, schema: str
) -> dict[str, int]:
    """Rows by table; all tables of the version, or none."""
    grains = grains_in(published)
    if not grains:
        raise PostgresError(
            f"version {about_in(published).version}: found no key of any table; expected them in "
            "meta.grains, which versions of an older release of this project do not have. Type "
            "`border run` to publish a version of this release, then publish it here again."
        )
    tables = _tables(published)
    rows = {}
    with connection.transaction():
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        for table in tables:
            _create(connection, table, schema)
        _column_orders(connection, tables, schema)  # refused before it is filled
        for table in tables:
            rows[_name(table)] = _fill(connection, published, table, schema)
            key = grains.get(table.name, ()) if table.schema == "marts" else []
            _add_keys(connection, table, schema, key)
            connection.execute(sql.SQL("analyze {}").format(_stored(table, schema)))
    return rows


def _tables(published: duckdb.DuckDBPyConnection) -> list[Mart]:
    return [table for schema in SCHEMAS for table in tables_in(published, schema)]


def _name(table: Mart) -> str:
    return f"{table.schema}.{table.name}"


def _stored(table: Mart, schema: str) -> sql.Identifier:
    return sql.Identifier(schema, f"{table.schema}_{table.name}")


def _create(connection: _Connection, table: Mart, schema: str) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(_postgres_type(table, column.name, column.type)),
            sql.SQL("" if column.is_nullable else " not null"),
        )
        for column in table.columns
    )
    stored = _stored(table, schema)
    connection.execute(sql.SQL("create table {} ({})").format(stored, columns))
    connection.execute(_comments("table", stored, table))


def _postgres_type(table: Mart, column: str, kind: str) -> str:
    if kind.endswith("[]"):
        return _postgres_type(table, column, kind.removesuffix("[]")) + "[]"
    if kind.startswith("DECIMAL("):
        return kind.replace("DECIMAL", "numeric")
    if kind not in _TYPES:
        raise PostgresError(
            f"{_name(table)}, column {column}: found the type {kind}; expected one of "
            f"{', '.join(_TYPES)}. Give it a type of PostgreSQL in postgres.py."
        )
    return _TYPES[kind]


def _comments(kind: str, relation: sql.Identifier, table: Mart) -> sql.Composed:
    """The table's and its columns' descriptions, on a table or on a view."""
    on_relation = sql.SQL("comment on {} {} is {}").format(
        sql.SQL(kind), relation, sql.Literal(table.comment)
    )
    on_columns = (
        sql.SQL("comment on column {}.{} is {}").format(
            relation, sql.Identifier(column.name), sql.Literal(column.comment)
        )
        for column in table.columns
    )
    return sql.SQL("; ").join([on_relation, *on_columns])


def _fill(
    connection: _Connection, published: duckdb.DuckDBPyConnection, table: Mart, schema: str
) -> int:
    answer = published.execute(
        f"select {', '.join(_without_nul(c.name, c.type) for c in table.columns)} "  # noqa: S608
        f"from {table.relation}"
    )
    count = 0
    # Frozen rows are there for every transaction, also for one that began before they were.
    fill = sql.SQL("copy {} from stdin (freeze)").format(_stored(table, schema))
    with connection.cursor() as cursor, cursor.copy(fill) as copy:
        while rows := answer.fetchmany(ROWS_AT_ONCE):
            for row in rows:
                copy.write_row(row)
            count += len(rows)
    return count


def _without_nul(column: str, kind: str) -> str:
    """PostgreSQL's texts cannot hold the sign of code 0, which DuckDB's can."""
    name = quoted(column)
    if kind == "VARCHAR":
        return f"replace({name}, chr(0), chr(65533))"
    if kind == "VARCHAR[]":
        return f"list_transform({name}, lambda text: replace(text, chr(0), chr(65533)))"
    return name


def _add_keys(connection: _Connection, table: Mart, schema: str, key: Sequence[str]) -> None:
    """The grain as the primary key, or where it may hold NULL as a unique index; months, years."""
    stored = _stored(table, schema)
    if key:
        columns = sql.SQL(", ").join(map(sql.Identifier, key))
        if table.primary_key(key):
            connection.execute(
                sql.SQL("alter table {} add primary key ({})").format(stored, columns)
            )
        else:
            connection.execute(
                sql.SQL("create unique index on {} ({}) nulls not distinct").format(stored, columns)
            )
    names = {column.name for column in table.columns}
    for name in ("reference_month", "fiscal_year"):
        if name in names and name not in key[:1]:
            connection.execute(
                sql.SQL("create index on {} ({})").format(stored, sql.Identifier(name))
            )


# --- the views that readers use ----------------------------------------------------------------

#: Our views: those that read the table of their own name in the schema of a version.
_OUR_VIEWS = """
select distinct view_space.nspname, seen.relname, table_space.nspname
from pg_class as seen
inner join pg_namespace as view_space on seen.relnamespace = view_space.oid
inner join pg_rewrite as rule on seen.oid = rule.ev_class
inner join pg_depend as reads
    on rule.oid = reads.objid
    and reads.classid = 'pg_rewrite'::regclass
    and reads.refclassid = 'pg_class'::regclass
inner join pg_class as stored on reads.refobjid = stored.oid
inner join pg_namespace as table_space on stored.relnamespace = table_space.oid
where
    view_space.nspname = any(%(schemas)s)
    and table_space.nspname ~ %(version_schema)s
    and stored.relname = view_space.nspname || '_' || seen.relname
order by 1, 2
"""

_COLUMNS = """
select relation.relname, attname, format_type(atttypid, atttypmod)
from pg_attribute
inner join pg_class as relation on attrelid = relation.oid
inner join pg_namespace as space on relation.relnamespace = space.oid
where
    space.nspname = %s
    and relation.relkind in ('r', 'v', 'm', 'p', 'f')
    and attnum > 0
    and not attisdropped
order by relation.relname, attnum
"""


def _our_views(connection: _Connection) -> list[tuple[str, str, str]]:
    """Schema and name of each of our views, and the schema of the version that it shows."""
    return connection.execute(
        _OUR_VIEWS, {"schemas": list(SCHEMAS), "version_schema": _VERSION_SCHEMA}
    ).fetchall()  # type: ignore[return-value]


def _served_schemas(connection: _Connection) -> list[str]:
    return sorted({version_schema for *_, version_schema in _our_views(connection)})


def _columns(connection: _Connection, schema: str) -> dict[str, dict[str, str]]:
    """Relation -> its columns in their order -> type."""
    relations: dict[str, dict[str, str]] = {}
    for relation, column, kind in connection.execute(_COLUMNS, [schema]).fetchall():
        relations.setdefault(str(relation), {})[str(column)] = str(kind)
    return relations


def _column_orders(
    connection: _Connection, tables: Sequence[Mart], schema: str
) -> dict[str, list[str]]:
    """For each table the columns of its view: those that readers know first, then the new ones.

    PostgreSQL lets a view only gain columns at its end. PostgresError, with what to do, if a
    column or table that readers know is gone, has another type, or is no view of ours.
    """
    ours = {(space, view) for space, view, _ in _our_views(connection)}
    loaded = _columns(connection, schema)
    known = {space: _columns(connection, space) for space in SCHEMAS}
    faults = [
        f"view {space}.{view} is published no longer: drop view {space}.{view}"
        for space, view in sorted(ours - {(table.schema, table.name) for table in tables})
    ]
    orders = {}
    for table in tables:
        new = loaded[f"{table.schema}_{table.name}"]
        old = known[table.schema].get(table.name, {})
        if old and (table.schema, table.name) not in ours:
            faults.append(f"{_name(table)} is no view of ours: rename or drop it")
        changed = [
            f"{column} ({kind}, now {new.get(column, 'gone')})"
            for column, kind in old.items()
            if new.get(column) != kind
        ]
        if changed:
            faults.append(
                f"columns of {_name(table)}: {', '.join(changed)}: drop view "
                f"{_name(table)} cascade, which also drops the views that others built on it"
            )
        orders[_name(table)] = [*old, *(column for column in new if column not in old)]
    if faults:
        raise PostgresError(
            "found changes that a view cannot follow; expected columns only to be added. The "
            f"version before keeps serving. Do this, then publish again: {'; '.join(faults)}."
        )
    return orders


def _repoint(
    connection: _Connection, tables: Sequence[Mart], schema: str, reader: str | None
) -> None:
    """Let all views show the version, in one transaction that waits for no reader for long."""
    views = [(space, view) for space, view, _ in _our_views(connection)]
    for _ in range(TRIES):
        try:
            with connection.transaction():
                _lock(connection, views)
                _show(connection, tables, schema)
                if reader is not None:
                    _grant(connection, tables, reader)
            return
        except _HeldError as held:
            # Its holder may be waiting for a view that we had: next time it is the first that we
            # ask for, so that those who read in that order are gone when we come to the others.
            views.remove(held.view)
            views.insert(0, held.view)
        except errors.DeadlockDetected:
            pass
        time.sleep(PAUSE_SECONDS)
    raise PostgresError(
        f"found readers in the views in each of {TRIES} attempts; expected a moment without. The "
        "version is loaded, and the one before keeps serving: publish again, or end what holds "
        "the views (pg_stat_activity)."
    )


class _HeldError(Exception):
    """A view that readers did not let go of in time."""

    def __init__(self, view: tuple[str, str]) -> None:
        super().__init__()
        self.view = view


def _lock(connection: _Connection, views: Sequence[tuple[str, str]]) -> None:
    """All views, so that whoever has read one of them finds the others as they were.

    Not by LOCK TABLE: it would wait for readers of the tables behind the views too. To reset an
    option that none of them has takes the same lock, of the view alone.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    for view in views:
        left = max(1, round(1000 * (deadline - time.monotonic())))  # 0 would be no limit
        try:
            connection.execute(
                sql.SQL("set local lock_timeout = {}; alter view {} reset (security_barrier)")
                .format(sql.Literal(left), sql.Identifier(*view))
            )  # fmt: skip
        except errors.LockNotAvailable:
            raise _HeldError(view) from None


def _show(connection: _Connection, tables: Sequence[Mart], schema: str) -> None:
    statements: list[sql.Composable] = [
        sql.SQL("create schema if not exists {}").format(sql.Identifier(space)) for space in SCHEMAS
    ]
    orders = _column_orders(connection, tables, schema)
    for table in tables:
        view = sql.Identifier(table.schema, table.name)
        columns = sql.SQL(", ").join(map(sql.Identifier, orders[_name(table)]))
        statements.append(
            sql.SQL("create or replace view {} as select {} from {}").format(
                view, columns, _stored(table, schema)
            )
        )
        statements.append(_comments("view", view, table))
    connection.execute(sql.SQL("; ").join(statements))


def _grant(connection: _Connection, tables: Sequence[Mart], reader: str) -> None:
    """Reading, of these views and of those that later versions add; nothing else."""
    role = sql.Identifier(reader)
    for space in SCHEMAS:
        name = sql.Identifier(space)
        connection.execute(sql.SQL("grant usage on schema {} to {}").format(name, role))
        connection.execute(
            sql.SQL("alter default privileges in schema {} grant select on tables to {}").format(
                name, role
            )
        )
    views = sql.SQL(", ").join(sql.Identifier(table.schema, table.name) for table in tables)
    connection.execute(sql.SQL("grant select on {} to {}").format(views, role))


def _drop_old(connection: _Connection, keep: set[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Drop the schemas of older versions but those to keep; which are gone, and which stay and why.

    Never with CASCADE: what others built on such a table is theirs.
    """
    found = connection.execute(
        "select nspname from pg_namespace where nspname ~ %s and nspowner = "
        "(select oid from pg_roles where rolname = current_user) order by 1",
        [_VERSION_SCHEMA],
    ).fetchall()
    dropped, kept = [], {}
    for schema in (str(name) for (name,) in found if name not in keep):
        tables = [sql.Identifier(schema, name) for name in _columns(connection, schema)]
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
                connection.execute(sql.SQL("drop table {}").format(sql.SQL(", ").join(tables)))
                connection.execute(sql.SQL("drop schema {}").format(sql.Identifier(schema)))
            dropped.append(schema)
        except errors.LockNotAvailable:
            kept[schema] = "someone is reading it"
        except errors.DependentObjectsStillExist as error:
            kept[schema] = " ".join((error.diag.message_detail or str(error)).split())
    return tuple(dropped), kept
