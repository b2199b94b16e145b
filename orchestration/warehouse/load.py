"""Vintages into the private warehouse: read, judged all together, written in one transaction.

One vintage is in memory at a time as its reader gives it; of the others stay the rows, compact.

What counts as accepted stands in the ledger (ledger.py); which rules there are, in expectations.
The raw rows of a quarantined table are kept, so that what failed can be queried.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from expectations.gate import judge
from expectations.rule import CheckResult
from orchestration.big_imports import when_used
from orchestration.read.hostile_text import plain
from orchestration.read.reading import Coverage, Document, Finding, PublicationError, Reading
from orchestration.series.series import FOOTING_COLUMNS, Series
from orchestration.warehouse import ledger
from orchestration.warehouse.connection import transaction

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
else:
    pd = when_used("pandas")
    pa = when_used("pyarrow")

Status = Literal["accepted", "quarantined"]


@dataclass
class LoadedTable:
    """The verdict on one table of one vintage."""

    rows: int = 0
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """Accepted unless there is a reason against it."""
        return "quarantined" if self.reasons else "accepted"


@dataclass
class LoadedVintage:
    """The verdict on one vintage. ``tables`` holds those read and those missing."""

    vintage_id: str
    published_name: str
    status: Status
    reasons: list[str]
    warnings: list[str]
    tables: dict[str, LoadedTable]

    @property
    def rows(self) -> int:
        """Raw rows, those of quarantined tables among them."""
        return sum(table.rows for table in self.tables.values())

    @property
    def quarantined_tables(self) -> dict[str, list[str]]:
        """The reasons by quarantined table."""
        return {name: table.reasons for name, table in self.tables.items() if table.reasons}


@dataclass
class LoadResult:
    """What one load did. ``skipped``: vintages that this version of the code had loaded before.

    ``checks``: the verdicts of this load or, when it had nothing to judge, of the last that had.
    """

    series: str
    vintages: list[LoadedVintage]
    skipped: int
    checks: list[CheckResult]

    @property
    def rows(self) -> int:
        """Raw rows written."""
        return sum(vintage.rows for vintage in self.vintages)

    def lines(self) -> list[str]:
        """One line per quarantined vintage or table: its name and the reasons."""
        lines = []
        for vintage in self.vintages:
            if vintage.status == "quarantined":
                lines.append(
                    f"{vintage.published_name}: quarantined. {' | '.join(vintage.reasons)}"
                )
            for table, reasons in vintage.quarantined_tables.items():
                lines.append(
                    f"{vintage.published_name}, {table}: quarantined. {' | '.join(reasons)}"
                )
        return lines


class _Rows:
    """The rows of all vintages of a load, by logical table, with every text stored once.

    Almost all texts repeat. As the readers give them, the eight files of encounters by state take
    200 MB; here they take 20.
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self._parts: dict[str, list[pa.Table]] = {}

    def keep(self, vintage_id: str, tables: Mapping[str, pd.DataFrame]) -> None:
        """Keep the rows of one vintage, ``vintage_id`` in front."""
        for table in self.series.tables:
            if table.name not in tables:
                continue
            frame = tables[table.name]
            rows = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
            for place, (column, kind) in enumerate(table.columns.items()):
                if kind == "VARCHAR":
                    texts = rows.column(column).cast(pa.string()).dictionary_encode()
                    rows = rows.set_column(place, column, texts)
            same = pa.DictionaryArray.from_arrays(pa.array([0] * len(frame), "int32"), [vintage_id])
            self._parts.setdefault(table.name, []).append(rows.add_column(0, "vintage_id", same))

    def tables(self) -> dict[str, pa.Table]:
        """Logical table -> its rows, in the order in which the series names its tables."""
        return {
            table.name: pa.concat_tables(self._parts[table.name], promote_options="permissive")
            for table in self.series.tables
            if table.name in self._parts
        }


class _Frames(Mapping[str, "pd.DataFrame"]):
    """Kept rows as frames, made one by one when the gate asks for them."""

    def __init__(self, rows: Mapping[str, pa.Table]) -> None:
        self._rows = rows

    def __getitem__(self, table: str) -> pd.DataFrame:
        frame: pd.DataFrame = self._rows[table].to_pandas()
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass
class _Read:
    """What stays of one vintage beside its rows; ``error`` when it could not be read at all.

    ``profile``: a row per table, for the gate. ``reading`` has let go of its tables.
    """

    sidecar: Mapping[str, Any]
    reading: Reading
    footings: pd.DataFrame
    rows: dict[str, int]
    profile: list[dict[str, Any]]
    content_sha256: str | None
    error: Finding | None = None

    @property
    def vintage_id(self) -> str:
        return str(self.sidecar["vintage_id"])


def _read(series: Series, sidecar: Mapping[str, Any], document: Document, kept: _Rows) -> _Read:
    """Bytes to rows and footings. A file on which the reader itself fails costs only itself."""
    error, footings = None, pd.DataFrame()
    try:
        reading = series.read(document)
        footings = series.footings(reading.tables)
    except PublicationError as unreadable:
        reading, error = Reading({}, {}, ()), Finding("publication_unreadable", str(unreadable))
    except Exception as failure:
        reading, error = Reading({}, {}, ()), _reader_failed(document, failure)
    tables = reading.tables
    kept.keep(str(sidecar["vintage_id"]), tables)
    return _Read(
        sidecar,
        replace(reading, tables={}),
        footings,
        {name: len(frame) for name, frame in tables.items()},
        [_profile_row(sidecar, reading, table.name) for table in series.tables
         if table.name in tables],
        reading.content_sha256() if tables else None,
        error,
    )  # fmt: skip


def _reader_failed(document: Document, failure: Exception) -> Finding:
    where = traceback.extract_tb(failure.__traceback__)[-1]
    return Finding(
        "reader_failed",
        f"{document.published_name}: found {type(failure).__name__} ({failure}) in "
        f"{Path(where.filename).name}, line {where.lineno}; expected tables or a "
        "PublicationError. Teach the reader this file, with a test; all else is loaded.",
    )


# --- the three frames that the gate sees -----------------------------------------------------


def _footings(reads: Sequence[_Read]) -> pd.DataFrame:
    filled = [read.footings.assign(vintage_id=read.vintage_id) for read in reads]
    filled = [footings for footings in filled if len(footings)]
    if not filled:
        return pd.DataFrame(columns=["vintage_id", *FOOTING_COLUMNS])
    return pd.concat(filled, ignore_index=True)[["vintage_id", *FOOTING_COLUMNS]]


def _profile_row(sidecar: Mapping[str, Any], reading: Reading, name: str) -> dict[str, Any]:
    frame, coverage = reading.tables[name], reading.coverage.get(name)
    return {
        "vintage_id": str(sidecar["vintage_id"]),
        "table_name": name,
        "fiscal_year": int(frame["fiscal_year"].max())
        if frame["fiscal_year"].notna().any()
        else None,
        "rows": len(frame),
        "null_values": int(frame["value"].isna().sum()),
        "new_labels": int(frame["is_new_label"].sum()),
        "months": int(frame["reference_month"].nunique()),
        "coverage_start": coverage.start if coverage else None,
        "coverage_end": coverage.end if coverage else None,
        "coverage_basis": coverage.basis if coverage else None,
        "captured_on": ledger.captured_on(sidecar)
        or (ledger.as_datetime(sidecar.get("fetched_at")) or datetime.max).date(),
        "total": float(frame["value"].sum()),
    }


def _profile(
    connection: duckdb.DuckDBPyConnection, series: Series, reads: Sequence[_Read]
) -> list[dict[str, Any]]:
    """One row per vintage and table, beside the total of the vintage before.

    The vintage before is the one of the same table and newest fiscal year that covers less, in
    this load or in the ledger.
    """
    rows = [row for read in reads for row in read.profile]
    earlier = connection.execute(
        """select table_name, fiscal_year, coverage_end, total from ledger.vintage_tables
        where series = ? and status = 'accepted' and coverage_end is not null""",
        [series.name],
    ).fetchall()
    totals: dict[tuple[str, int | None], list[tuple[date, float]]] = {}
    for table_name, fiscal_year, end, total in earlier:
        totals.setdefault((table_name, fiscal_year), []).append((end, total))
    for row in rows:
        if row["coverage_end"]:
            key = (row["table_name"], row["fiscal_year"])
            totals.setdefault(key, []).append((row["coverage_end"], row["total"]))
    for row in rows:
        before = [
            (end, total)
            for end, total in totals.get((row["table_name"], row["fiscal_year"]), [])
            if row["coverage_end"] and end < row["coverage_end"]
        ]
        row["previous_total"] = max(before)[1] if before else None
    return rows


# --- verdicts --------------------------------------------------------------------------------


def _reader_checks(series: Series, read: _Read) -> list[CheckResult]:
    """What the reader found, as verdicts: problems cost a table, the rest are warnings."""

    def check(finding: Finding, severity: Literal["critical", "warning"]) -> CheckResult:
        return CheckResult(
            series.name, finding.table, read.vintage_id, finding.rule, severity, finding.message,
            passed=False, failing_count=1, engine="reader",
        )  # fmt: skip

    if read.error is not None:
        return [check(read.error, "critical")]
    problems, absent = read.reading.problems, []
    if read.sidecar.get("source_mode") == "sample":
        absent = [finding for finding in problems if finding.rule == "table_missing"]
        problems = [finding for finding in problems if finding.rule != "table_missing"]
    found = [check(finding, "critical") for finding in problems]
    if absent:
        names = ", ".join(str(finding.table) for finding in absent)
        message = f"the sample carries no published total for {names}, and invents none"
        found.append(check(Finding("absent_from_sample", message), "warning"))
    return found + [check(finding, "warning") for finding in read.reading.warnings]


def _without_subjects(
    checks: Sequence[CheckResult], of: Sequence[CheckResult]
) -> list[CheckResult]:
    """Verdicts less those whose table and rule another list has: a new label is said once.

    The ledger keeps the gate's verdict (its count and sample), a vintage the reader's words.
    """
    said = {(check.table_name, check.rule) for check in of}
    return [check for check in checks if (check.table_name, check.rule) not in said]


def _words(check: CheckResult) -> str:
    """A verdict as one line: rule, reason, how many rows and where the first of them stands."""
    if check.engine == "reader":
        return f"{check.rule}: {check.reason}"
    example = ", ".join(f"{key} {value}" for key, value in (check.sample or [{}])[0].items())
    return f"{check.rule}: {check.reason} ({check.failing_count} rows, e.g. {plain(example, 500)})"


def _verdict(series: Series, read: _Read, checks: Sequence[CheckResult]) -> LoadedVintage:
    tables = {name: LoadedTable(rows=rows) for name, rows in read.rows.items()}
    reasons: list[str] = []
    warnings: list[str] = []
    for check in checks:
        if check.table_name is not None:
            table = tables.setdefault(check.table_name, LoadedTable())
            (table.reasons if check.severity == "critical" else table.warnings).append(
                _words(check)
            )
        else:
            (reasons if check.severity == "critical" else warnings).append(_words(check))
    main = [table.name for table in series.tables if table.is_main]
    if not reasons and not any(name in tables and not tables[name].reasons for name in main):
        reasons.append(
            f"no_main_table: none of {', '.join(main)} was accepted; see the reasons of the tables"
        )
    status: Status = "quarantined" if reasons else "accepted"
    name = str(read.sidecar["published_name"])
    return LoadedVintage(read.vintage_id, name, status, reasons, warnings, tables)


# --- writing ---------------------------------------------------------------------------------


def create_raw_tables(connection: duckdb.DuckDBPyConnection, series: Series) -> None:
    """Create the raw tables of a series where they are missing.

    A raw table whose columns are of an older version of the code is dropped, and the series'
    vintages are forgotten: the archive has them, and the load that follows writes them anew.
    """
    connection.execute("create schema if not exists raw")
    for name, columns in {table.raw_table: table.columns for table in series.tables}.items():
        wanted = {"vintage_id": "VARCHAR", "table_name": "VARCHAR"} | columns
        standing = dict(
            connection.execute(
                """select column_name, data_type from information_schema.columns
                where table_schema = 'raw' and table_name = ? order by ordinal_position""",
                [name],
            ).fetchall()
        )
        if standing and list(standing.items()) != list(wanted.items()):
            connection.execute(f'drop table raw."{name}"')
            for table in ("vintage_tables", "vintages"):
                connection.execute(
                    f"delete from ledger.{table} where series = ?",  # noqa: S608
                    [series.name],
                )
        declared = ", ".join(f'"{column}" {kind}' for column, kind in wanted.items())
        connection.execute(f'create table if not exists raw."{name}" ({declared})')


def _write_raw(
    connection: duckdb.DuckDBPyConnection,
    series: Series,
    vintage_ids: Sequence[str],
    values: Mapping[str, pa.Table],
) -> None:
    for name in {table.raw_table for table in series.tables}:
        connection.execute(
            f'delete from raw."{name}" where vintage_id in (select unnest(?))',  # noqa: S608
            [list(vintage_ids)],
        )
    for table_name, rows in values.items():
        table = series.table(table_name)
        columns = ", ".join(f'"{column}"' for column in table.columns)
        connection.register("values_to_write", rows)
        try:
            connection.execute(
                f"""insert into raw."{table.raw_table}" (vintage_id, table_name, {columns})
                select vintage_id, ?, {columns} from values_to_write""",  # noqa: S608
                [table_name],
            )
        finally:
            connection.unregister("values_to_write")


def _whole(coverages: Iterable[Coverage]) -> dict[str, Any]:
    """The coverage of a vintage: all of its tables'; stated only if every one of them is."""
    coverages = list(coverages)
    if not coverages:
        return {"coverage_start": None, "coverage_end": None, "coverage_basis": None}
    return {
        "coverage_start": min(coverage.start for coverage in coverages),
        "coverage_end": max(coverage.end for coverage in coverages),
        "coverage_basis": "stated" if all(c.basis == "stated" for c in coverages) else "inferred",
    }


def _vintage_row(
    series: Series, read: _Read, verdict: LoadedVintage, version: str
) -> dict[str, Any]:
    sidecar, reading = read.sidecar, read.reading
    main = [table.name for table in series.tables if table.is_main]
    covered = [reading.coverage[name] for name in main if name in reading.coverage]
    coverage = _whole(covered or reading.coverage.values())
    known, basis = ledger.known_on(
        sidecar,
        coverage["coverage_end"],
        series.usual_lag_days,
        _whole(reading.coverage.values())["coverage_end"],
    )
    month = ledger.as_datetime(sidecar.get("publication_month"))
    return {
        "vintage_id": read.vintage_id,
        "series": series.name,
        "agency": series.agency,
        "published_name": sidecar["published_name"],
        "published_url": sidecar.get("published_url"),
        "link_text": sidecar.get("link_text"),
        "captured_at": ledger.as_datetime(sidecar.get("captured_at")),
        "fetched_at": ledger.as_datetime(sidecar.get("fetched_at")),
        "known_on": known,
        "known_on_basis": basis,
        "publication_month": month.date() if month else known.replace(day=1),
        **coverage,
        "content_sha256": read.content_sha256,
        "fiscal_years": list(reading.fiscal_years),
        "bytes": sidecar.get("bytes"),
        "status": verdict.status,
        "reasons": verdict.reasons,
        "warnings": verdict.warnings,
        "source_mode": sidecar.get("source_mode"),
        "loaded_at": ledger.utc_now(),
        "loaded_with": version,
    }


def _table_rows(
    series: Series, read: _Read, verdict: LoadedVintage, profile: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    rows = []
    for name, table in verdict.tables.items():
        coverage = read.reading.coverage.get(name)
        seen = profile.get(name, {})
        rows.append(
            {
                "vintage_id": read.vintage_id,
                "series": series.name,
                "table_name": name,
                "status": table.status,
                "reasons": table.reasons,
                "warnings": table.warnings,
                **_whole([coverage] if coverage else []),
                "rows": table.rows,
                "fiscal_year": seen.get("fiscal_year"),
                "total": seen.get("total"),
            }
        )
    return rows


def load(
    connection: duckdb.DuckDBPyConnection,
    series: Series,
    documents: Iterable[tuple[Mapping[str, Any], Document]],
    run_id: str,
) -> LoadResult:
    """Read, judge and write every vintage that this version of the code has not loaded yet.

    ``documents``: sidecar and bytes of archived vintages, each taken once and let go. All are
    judged together (a few calls of Great Expectations) and replace their raw rows and ledger rows
    in one transaction, so a killed load leaves nothing behind. A vintage that cannot be read is
    quarantined, never fatal.
    """
    with transaction(connection):
        return _load(connection, series, documents, run_id)


def _give_back() -> None:
    """Let go of what is in use no more: a reader's cells, the frames that were judged."""
    gc.collect()  # objects of Great Expectations refer to each other, and to the frames
    pa.system_memory_pool().release_unused()


def _be_modest(connection: duckdb.DuckDBPyConnection) -> None:
    """Take less memory, and give it back to the system.

    Arrow's own allocator, and DuckDB's without a word from us, keep what was freed. One thread of
    DuckDB that writes each group of rows when it is full is no slower here than two that hold back
    five groups, and takes half.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    connection.execute("set threads = 1")
    connection.execute("set write_buffer_row_group_count = 1")
    connection.execute("set allocator_flush_threshold = '1MB'")
    connection.execute("set allocator_bulk_deallocation_flush_threshold = '1MB'")


def vintages_done(
    connection: duckdb.DuckDBPyConnection, series: Series, version: str | None = None
) -> frozenset[ledger.Loaded]:
    """Vintages that this version of the code has loaded; where they go is created if missing."""
    ledger.create_ledger(connection)
    create_raw_tables(connection, series)
    return ledger.loaded_vintages(connection, series.name, version or ledger.reader_version())


def as_loaded(sidecar: Mapping[str, Any]) -> ledger.Loaded:
    """A vintage with this sidecar, as it stands among ``vintages_done`` when it is loaded."""
    return str(sidecar["vintage_id"]), ledger.as_datetime(sidecar.get("fetched_at"))


def _load(
    connection: duckdb.DuckDBPyConnection,
    series: Series,
    documents: Iterable[tuple[Mapping[str, Any], Document]],
    run_id: str,
) -> LoadResult:
    version = ledger.reader_version()
    done = vintages_done(connection, series, version)
    kept, skipped = _Rows(series), 0
    reads: list[_Read] = []
    for sidecar, document in documents:
        if as_loaded(sidecar) in done:
            skipped += 1
            continue
        if not reads:
            _be_modest(connection)
        reads.append(_read(series, sidecar, document, kept))
    if not reads:
        return LoadResult(series.name, [], skipped, ledger.last_checks(connection, series.name))
    _give_back()
    result = _judge_and_write(connection, reads, kept, run_id, version)
    result.skipped = skipped
    return result


def _judge_and_write(
    connection: duckdb.DuckDBPyConnection,
    reads: Sequence[_Read],
    kept: _Rows,
    run_id: str,
    version: str,
) -> LoadResult:
    series = kept.series
    values, profile = kept.tables(), _profile(connection, series, reads)
    judged = judge(series.name, _Frames(values), _footings(reads), pd.DataFrame(profile))
    _give_back()
    checks = list(judged)
    vintages, vintage_rows, table_rows = [], [], []
    for read in reads:
        by_gate = [check for check in judged if check.vintage_id == read.vintage_id]
        by_reader = _reader_checks(series, read)
        checks += _without_subjects(by_reader, of=by_gate)
        verdict = _verdict(series, read, by_reader + _without_subjects(by_gate, of=by_reader))
        vintages.append(verdict)
        vintage_rows.append(_vintage_row(series, read, verdict, version))
        mine = {row["table_name"]: row for row in profile if row["vintage_id"] == read.vintage_id}
        table_rows += _table_rows(series, read, verdict, mine)
    ids = [read.vintage_id for read in reads]
    _write_raw(connection, series, ids, values)
    ledger.forget_vintages(connection, series.name, ids)
    ledger.insert_rows(connection, "ledger.vintages", vintage_rows)
    ledger.insert_rows(connection, "ledger.vintage_tables", table_rows)
    ledger.order_estimates(connection, series.name, series.usual_lag_days)
    ledger.mark_same_content(connection, series.name)
    ledger.record_checks(connection, run_id, checks)
    return LoadResult(series.name, vintages, 0, checks)
