"""The ledger: which vintages and tables were accepted and why, what was checked, what was run.

Schema ``ledger`` of the private warehouse. All of it but ``runs`` is made again by loading the
archive again. The raw rows are load.py's subject.
"""

from __future__ import annotations

import hashlib
import json
import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import duckdb

from expectations.rule import CheckResult
from orchestration.big_imports import when_used
from orchestration.read.labels import CODE_LISTS
from orchestration.settings import PROJECT_ROOT
from orchestration.warehouse.connection import transaction

if TYPE_CHECKING:
    import pyarrow as pa
else:
    pa = when_used("pyarrow")

#: a vintage, and when it was fetched: a sidecar written anew, with another provenance, differs
Loaded = tuple[str, datetime | None]
KnownOnBasis = Literal["captured", "name_or_url", "folder_month", "estimated"]

_DDL = """
create schema if not exists ledger;
create table if not exists ledger.vintages (
    vintage_id varchar primary key, series varchar not null, agency varchar not null,
    published_name varchar not null, published_url varchar, link_text varchar,
    captured_at timestamp, fetched_at timestamp, known_on date not null,
    known_on_basis varchar not null, publication_month date,
    coverage_start date, coverage_end date, coverage_basis varchar,
    content_sha256 varchar, same_content_as varchar, fiscal_years integer[], bytes bigint,
    status varchar not null check (status in ('accepted', 'quarantined')),
    reasons varchar[], warnings varchar[], source_mode varchar, loaded_at timestamp not null,
    loaded_with varchar not null
);
create table if not exists ledger.vintage_tables (
    vintage_id varchar not null, series varchar not null, table_name varchar not null,
    status varchar not null check (status in ('accepted', 'quarantined')),
    reasons varchar[], warnings varchar[],
    coverage_start date, coverage_end date, coverage_basis varchar, rows bigint not null,
    fiscal_year integer, total double, primary key (vintage_id, table_name)
);
create table if not exists ledger.sightings (
    vintage_id varchar not null, series varchar not null, published_name varchar,
    published_url varchar, seen_at timestamp not null
);
create table if not exists ledger.posted_again (
    vintage_id varchar not null, series varchar not null, known_on date not null,
    counts_as varchar
);
create table if not exists ledger.checks (
    run_id varchar not null, series varchar not null, vintage_id varchar, table_name varchar,
    engine varchar not null, rule varchar not null,
    severity varchar not null check (severity in ('critical', 'warning')),
    reason varchar not null, passed boolean not null, failing_count bigint not null,
    sample varchar, checked_at timestamp not null
);
create table if not exists ledger.runs (
    run_id varchar not null, stage varchar not null, started_at timestamp not null,
    ended_at timestamp, seconds double, rows bigint, bytes bigint, source_mode varchar,
    status varchar not null
);
create or replace view ledger.accepted_tables as
select
    vintages.series, vintage_tables.table_name, vintages.vintage_id, vintages.content_sha256,
    vintages.known_on, vintages.known_on_basis, vintages.fiscal_years,
    vintage_tables.coverage_start, vintage_tables.coverage_end, vintage_tables.coverage_basis
from ledger.vintages
inner join ledger.vintage_tables using (vintage_id)
where vintages.status = 'accepted' and vintage_tables.status = 'accepted'
    and vintages.same_content_as is null;
create or replace view ledger.postings as
select * from ledger.accepted_tables
union all
select accepted_tables.* replace (again.known_on as known_on, 'captured' as known_on_basis)
from ledger.accepted_tables
inner join ledger.posted_again as again on accepted_tables.vintage_id = again.counts_as;
"""


def create_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schema ``ledger`` where it is missing; nothing that stands there is touched."""
    connection.execute(_DDL)


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Append rows to a table; their keys are its column names."""
    if not rows:
        return
    connection.register("rows_to_insert", pa.Table.from_pylist([dict(row) for row in rows]))
    try:
        connection.execute(f"insert into {table} by name select * from rows_to_insert")  # noqa: S608
    finally:
        connection.unregister("rows_to_insert")


def reader_version() -> str:
    """Identity of the code that turns bytes into rows and verdicts: hash of sources and lists.

    A vintage that was loaded with another version is read and judged again.
    """
    sources = [
        *(PROJECT_ROOT / "orchestration" / "read").glob("*.py"),
        *(PROJECT_ROOT / "orchestration" / "series").glob("*.py"),
        *(PROJECT_ROOT / "expectations").rglob("*.py"),
        PROJECT_ROOT / "orchestration" / "warehouse" / "load.py",
        PROJECT_ROOT / "orchestration" / "warehouse" / "ledger.py",
        *CODE_LISTS.glob("*.csv"),
    ]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(str(source.relative_to(PROJECT_ROOT)).encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


# --- when was a vintage known ---------------------------------------------------------------


def _possible_dates(digits: str) -> Iterable[date]:
    """The dates that a run of 6 or 8 digits in a name can mean: ICE writes them in three ways."""
    for form in ("%m%d%Y", "%Y%m%d", "%m%d%y", "%y%m%d"):
        if len(digits) == (8 if "Y" in form else 6):
            try:
                yield datetime.strptime(digits, form).date()
            except ValueError:
                continue


def date_in_name(text: str, coverage_end: date) -> date | None:
    """The full date in a name or URL, e.g. 2021-05-03 in ``FY21_detentionStats210503.xlsx``.

    ``060921`` can be 2021-06-09 or 2006-09-21, so the candidate nearest to the coverage end counts,
    and only one from a month before it to half a year after it: names carry wrong years
    (``FY21_detentionstats07222020.xlsx`` of July 2020 does not).
    """
    digits = re.findall(r"(?<!\d)(\d{8}|\d{6})(?!\d)", text)
    digits += ["".join(found) for found in re.findall(r"(?<!\d)(\d{4})[-_](\d\d)[-_]?(\d\d)", text)]
    digits += ["".join(found) for found in re.findall(r"(?<!\d)(\d\d)[-_](\d{4})(?!\d)", text)]
    near = [
        candidate
        for run in digits
        for candidate in _possible_dates(run)
        if timedelta(days=-31) <= candidate - coverage_end <= timedelta(days=183)
    ]
    return min(near, key=lambda candidate: abs(candidate - coverage_end), default=None)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def last_day_of_folder_month(url: str) -> date | None:
    """The last day of the month in a URL's folder: ``/2024-10/`` or, before, ``/2023-Nov/``."""
    found = re.search(r"/(\d{4})-(\d{2}|[A-Za-z]{3})/", url)
    if not found:
        return None
    name = found[2].lower()
    month = int(name) if name.isdigit() else _MONTHS.index(name) + 1 if name in _MONTHS else 0
    if not 1 <= month <= 12:
        return None
    year = int(found[1])
    return date(year, month, monthrange(year, month)[1])


def utc_now() -> datetime:
    """The time in UTC without a zone, as every time in the ledger."""
    return datetime.now(UTC).replace(tzinfo=None)


def as_datetime(value: object) -> datetime | None:
    """A sidecar's time, as naive UTC; None stays None."""
    if value is None or value == "":
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        return moment
    return (moment - (moment.utcoffset() or timedelta())).replace(tzinfo=None)


def captured_on(sidecar: Mapping[str, Any]) -> date | None:
    """The day of capture; where only the month is known its last day, the first safe one."""
    captured = as_datetime(sidecar.get("captured_at"))
    if captured is None:
        return None
    if sidecar.get("captured_precision") == "month":
        return captured.date().replace(day=monthrange(captured.year, captured.month)[1])
    return captured.date()


def known_on(
    sidecar: Mapping[str, Any],
    coverage_end: date | None,
    usual_lag_days: int,
    last_date_inside: date | None = None,
) -> tuple[date, KnownOnBasis]:
    """The day from which a vintage counts as known, and what that rests on.

    In this order: day of capture; a full date in URL or name; the last day of the URL's folder
    month; coverage end and the usual lag. Never after the day on which we fetched it, and never
    before a date inside the file: ``coverage_end``, or the ``last_date_inside`` any of its tables.
    """
    posted, basis = _posted_on(sidecar, coverage_end, usual_lag_days)
    inside = [day for day in (coverage_end, last_date_inside) if day is not None]
    return max([posted, *inside]), basis


def _posted_on(
    sidecar: Mapping[str, Any], coverage_end: date | None, usual_lag_days: int
) -> tuple[date, KnownOnBasis]:
    fetched = as_datetime(sidecar.get("fetched_at")) or datetime.max
    captured = captured_on(sidecar)
    if captured is not None:
        return min(captured, fetched.date()), "captured"
    url, name = sidecar.get("published_url") or "", sidecar["published_name"]
    posted: date | None = None
    basis: KnownOnBasis = "name_or_url"
    if coverage_end is not None:
        posted = date_in_name(f"{url} {name}", coverage_end)
    if posted is None:
        posted, basis = last_day_of_folder_month(url), "folder_month"
    if posted is None:
        lag = timedelta(days=usual_lag_days)
        posted = coverage_end + lag if coverage_end else fetched.date()
        basis = "estimated"
    return min(posted, fetched.date()), basis


# --- what is loaded, and what of it counts ---------------------------------------------------


def loaded_vintages(
    connection: duckdb.DuckDBPyConnection, series: str, version: str
) -> frozenset[Loaded]:
    """Vintages of a series that this version of the readers and rules has loaded."""
    found = connection.execute(
        "select vintage_id, fetched_at from ledger.vintages where series = ? and loaded_with = ?",
        [series, version],
    ).fetchall()
    return frozenset(found)


class _Posting(NamedTuple):
    """What an agency put out on a day; ``is_again``: bytes that it had put out before.

    ``ends``: the last day covered, by accepted table. ``place``: of two that end on one day, the
    one of the higher place counts.
    """

    known_on: date
    is_again: bool
    vintage_id: str
    content: str
    place: int
    ends: Mapping[str, date]

    def strength(self, table: str) -> tuple[date, int]:
        """Of two postings of a table the one of more strength counts, as the models choose."""
        return self.ends[table], self.place


def mark_same_content(connection: duckdb.DuckDBPyConnection, series: str) -> None:
    """Set ``same_content_as`` for a whole series, so that the order of arrival does not matter.

    Of postings of equal content that follow upon each other the vintage known first stands for all
    (then the smaller id). One that came after other content had taken over, since the agency took
    a change back, stands for itself; if those are bytes known before, ``posted_again.counts_as``
    says whose tables count anew. A vintage that was quarantined stands for none that was accepted.
    """
    postings, quarantined = _postings(connection, series)
    stands: dict[str, str] = {}
    last: dict[str, _Posting] = {}
    same: dict[str, str | None] = {}
    counts_as: dict[tuple[str, date], str] = {}
    for posting in postings:
        known_as = same.get(posting.vintage_id) or posting.vintage_id
        before = last.get(posting.content)
        is_news = before is None or _took_over_between(before, posting, postings)
        if is_news:
            stands[posting.content] = known_as
        if posting.is_again and is_news:
            counts_as[posting.vintage_id, posting.known_on] = known_as
        if not posting.is_again:
            same[posting.vintage_id] = None if is_news else stands[posting.content]
        last[posting.content] = posting
    first = {posting.content: posting.vintage_id for posting in reversed(postings)}
    for vintage_id, content in quarantined:
        same[vintage_id] = first.get(content)
        first.setdefault(content, vintage_id)
    stood = connection.execute(
        "select vintage_id, same_content_as from ledger.vintages where series = ?", [series]
    ).fetchall()
    for vintage_id, before_now in stood:
        if same[vintage_id] != before_now:
            connection.execute(
                "update ledger.vintages set same_content_as = ? where vintage_id = ?",
                [same[vintage_id], vintage_id],
            )
    connection.execute("update ledger.posted_again set counts_as = null where series = ?", [series])
    for (vintage_id, day), stand_in in counts_as.items():
        connection.execute(
            "update ledger.posted_again set counts_as = ? where vintage_id = ? and known_on = ?",
            [stand_in, vintage_id, day],
        )


def _postings(
    connection: duckdb.DuckDBPyConnection, series: str
) -> tuple[list[_Posting], list[tuple[str, str]]]:
    """Postings of accepted vintages in order of time; vintage_id and content of all others."""
    ends: dict[str, dict[str, date]] = {}
    for vintage_id, table, end in connection.execute(
        """select vintage_id, table_name, coverage_end from ledger.vintage_tables
        where series = ? and status = 'accepted'""",
        [series],
    ).fetchall():
        ends.setdefault(vintage_id, {})[table] = end or date.max
    rows = connection.execute(
        """
        with postings as (
            select vintage_id, known_on, false as is_again from ledger.vintages
            union
            select vintage_id, again.known_on, true
            from ledger.posted_again as again inner join ledger.vintages using (vintage_id)
            where again.known_on > vintages.known_on
        )
        select
            postings.known_on, is_again, vintage_id, coalesce(content_sha256, vintage_id),
            row_number() over (order by postings.known_on, vintage_id desc), status
        from postings inner join ledger.vintages using (vintage_id)
        where series = $series
        order by postings.known_on, is_again, vintage_id
        """,
        {"series": series},
    ).fetchall()
    accepted, others = [], []
    for day, is_again, vintage_id, content, place, status in rows:
        if status == "accepted":
            covered = ends.get(vintage_id, {})
            accepted.append(_Posting(day, is_again, vintage_id, content, place, covered))
        elif not is_again:
            others.append((vintage_id, content))
    return accepted, others


def _took_over_between(earlier: _Posting, later: _Posting, postings: Iterable[_Posting]) -> bool:
    """Whether other content counted for a table after ``earlier``, until ``later`` was posted."""
    return any(
        earlier.strength(table) < other.strength(table) < later.strength(table)
        for other in postings
        if other.content != later.content
        for table in other.ends.keys() & earlier.ends.keys() & later.ends.keys()
    )


def order_estimates(
    connection: duckdb.DuckDBPyConnection, series: str, usual_lag_days: int
) -> None:
    """Estimate ``known_on`` of a whole series anew, so that it never reverses order of coverage.

    A vintage of an unknown day was known when one that covers more was known for sure, and not
    before one that covers less. A day known for sure that is itself out of order (FY2020 posted
    again in June 2021, as ``FY21_detentionStats060921.xlsx``) holds back no estimate.
    """
    connection.execute(
        """
        with accepted as (
            select vintages.*, (
                select max(vintage_tables.coverage_end) from ledger.vintage_tables
                where vintage_tables.vintage_id = vintages.vintage_id
            ) as last_date_inside
            from ledger.vintages
            where series = $series and status = 'accepted' and coverage_end is not null
        ),
        sure as (select coverage_end, known_on from accepted where known_on_basis != 'estimated'),
        estimated as (
            select vintage_id, coverage_end, last_date_inside,
                least(coverage_end + $lag, fetched_at::date) as usually_known_on,
                (select min(sure.known_on) from sure
                    where sure.coverage_end > accepted.coverage_end) as no_later_than
            from accepted where known_on_basis = 'estimated'
        ),
        ordered as (
            select vintage_id, greatest(
                coverage_end, last_date_inside, least(no_later_than, greatest(usually_known_on, (
                    select max(sure.known_on) from sure
                    where sure.coverage_end < estimated.coverage_end
                        and (no_later_than is null or sure.known_on <= no_later_than)
                )))
            ) as known_on
            from estimated
        )
        update ledger.vintages set known_on = ordered.known_on
        from ordered where vintages.vintage_id = ordered.vintage_id
            and vintages.known_on != ordered.known_on
        """,
        {"series": series, "lag": usual_lag_days},
    )


def ledger_fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """Identity of all that a version is built from: equal fingerprints, nothing new to build.

    Each vintage and table with its status, content, coverage and known_on, and what was posted
    again; a quarantine is news too. A repeat of what was said last leaves it as it was.
    """
    create_ledger(connection)
    rows = connection.execute(
        """
        select
            vintages.series, vintages.vintage_id, vintages.content_sha256, vintages.status,
            vintages.known_on, vintage_tables.table_name, vintage_tables.status,
            vintage_tables.coverage_start, vintage_tables.coverage_end
        from ledger.vintages left join ledger.vintage_tables using (vintage_id)
        where vintages.same_content_as is null
        order by all
        """
    ).fetchall()
    rows += connection.execute(
        """select vintage_id, known_on, counts_as from ledger.posted_again
        where counts_as is not null order by all"""
    ).fetchall()
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


# --- records ---------------------------------------------------------------------------------


def source_mode_of_accepted(connection: duckdb.DuckDBPyConnection) -> str:
    """Where the accepted vintages come from: live or sample where all of them do, else folder."""
    modes = connection.execute(
        "select distinct coalesce(source_mode, 'folder') from ledger.vintages "
        "where status = 'accepted'"
    ).fetchall()
    return str(modes[0][0]) if len(modes) == 1 else "folder"


def forget_vintages(
    connection: duckdb.DuckDBPyConnection, series: str, vintage_ids: Sequence[str]
) -> None:
    """Take vintages, their tables and verdicts out of the ledger, before they are recorded anew.

    With the last vintage of a series goes what rules passed: no rule that is gone stays.
    """
    for table in ("vintage_tables", "vintages", "checks"):
        connection.execute(
            f"delete from ledger.{table} where vintage_id in (select unnest(?))",  # noqa: S608
            [list(vintage_ids)],
        )
    connection.execute(
        """delete from ledger.checks
        where series = $series and not exists (from ledger.vintages where series = $series)""",
        {"series": series},
    )


def record_checks(
    connection: duckdb.DuckDBPyConnection, run_id: str, results: Iterable[CheckResult]
) -> None:
    """Record verdicts: per rule and table one row that passed, or one per vintage that failed.

    A rule that passes again is one row, that of the last run.
    """
    now = utc_now()
    results = list(results)
    for passed in (result for result in results if result.passed):
        connection.execute(
            """delete from ledger.checks where vintage_id is null
            and (series, engine, rule) = (?, ?, ?) and table_name is not distinct from ?""",
            [passed.series, passed.engine, passed.rule, passed.table_name],
        )
    insert_rows(
        connection,
        "ledger.checks",
        [
            {
                "run_id": run_id,
                "series": result.series,
                "vintage_id": result.vintage_id,
                "table_name": result.table_name,
                "engine": result.engine,
                "rule": result.rule,
                "severity": result.severity,
                "reason": result.reason,
                "passed": result.passed,
                "failing_count": result.failing_count,
                "sample": json.dumps(result.sample, default=str) if result.sample else None,
                "checked_at": now,
            }
            for result in results
        ],
    )


_VERDICT = tuple(field.name for field in fields(CheckResult))


def last_checks(connection: duckdb.DuckDBPyConnection, series: str) -> list[CheckResult]:
    """The verdicts of the last run that judged anything of a series."""
    rows = connection.execute(
        f"""
        select {", ".join(_VERDICT)}
        from ledger.checks
        where series = $series and run_id = (
            select run_id from ledger.checks where series = $series order by checked_at desc limit 1
        )
        """,  # noqa: S608
        {"series": series},
    ).fetchall()
    return [
        CheckResult(
            **dict(zip(_VERDICT, row, strict=True)) | {"sample": json.loads(row[-1] or "[]")}
        )
        for row in rows
    ]


def record_sightings(
    connection: duckdb.DuckDBPyConnection,
    series: str,
    sightings: Iterable[Mapping[str, Any]],
    posted_again: Iterable[Mapping[str, Any]] | None = (),
) -> None:
    """Make what the ledger says of bytes seen again equal to the archive's lists, for a series.

    A sighting has the fields of a sidecar, and ``seen_at``. ``posted_again``: those that took other
    bytes back at their place; None leaves what the ledger says of that.
    """
    columns = ("vintage_id", "published_name", "published_url")
    seen = [
        {column: sighting[column] for column in columns}
        | {"series": series, "seen_at": as_datetime(sighting["seen_at"])}
        for sighting in sightings
    ]
    lists = {"sightings": seen}
    if posted_again is not None:
        lists["posted_again"] = [
            {"vintage_id": it["vintage_id"], "series": series, "known_on": known_on(it, None, 0)[0]}
            for it in posted_again
        ]
    create_ledger(connection)
    with transaction(connection):
        for table, rows in lists.items():
            connection.execute(f"delete from ledger.{table} where series = ?", [series])  # noqa: S608
            insert_rows(connection, f"ledger.{table}", rows)
        mark_same_content(connection, series)


def record_run(
    connection: duckdb.DuckDBPyConnection,
    *,
    run_id: str,
    stage: str,
    started_at: datetime,
    ended_at: datetime,
    status: str,
    source_mode: str,
    rows: int | None = None,
    bytes_read: int | None = None,
) -> None:
    """Record one stage of a run (acquire, load, build, publish); again replaces it."""
    create_ledger(connection)
    connection.execute("delete from ledger.runs where run_id = ? and stage = ?", [run_id, stage])
    connection.execute(
        """
        insert into ledger.runs
            (run_id, stage, started_at, ended_at, seconds, rows, bytes, source_mode, status)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            run_id, stage, started_at, ended_at, (ended_at - started_at).total_seconds(), rows,
            bytes_read, source_mode, status,
        ],
    )  # fmt: skip
