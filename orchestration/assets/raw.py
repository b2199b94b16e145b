"""Assets `raw/<series>`: archived vintages read, judged at the gate and loaded, per series."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

import dagster as dg
import duckdb
from structlog.contextvars import bound_contextvars

from orchestration.acquire.archive import Archive
from orchestration.assets import OWNERS, freshness_policy, speaks_for_run
from orchestration.checks import asset_check_results, asset_check_specs
from orchestration.loading import Loader, LoadingError, load_archived, not_loaded
from orchestration.log import events
from orchestration.partitions import MONTHS, report_other_months
from orchestration.read.reading import MEANINGS, Table
from orchestration.series.catalog import SERIES
from orchestration.series.series import Series
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse
from orchestration.warehouse.load import LoadResult


def _column_schema(tables: Iterable[Table]) -> dg.TableSchema:
    """Columns of raw tables, in the order in which they first stand."""
    columns = {
        name: kind
        for table in tables
        for name, kind in (
            {"vintage_id": "VARCHAR", "table_name": "VARCHAR"} | table.columns
        ).items()
    }
    return dg.TableSchema(
        [dg.TableColumn(name, kind, _column_description(name)) for name, kind in columns.items()]
    )


def _column_description(name: str) -> str | None:
    return "As published." if name.endswith("_label") else MEANINGS.get(name)


def _definition_metadata(series: Series) -> dict[str, Any]:
    """The columns of all raw tables and, where there are several, of each."""
    by_table: dict[str, list[Table]] = {}
    for table in series.tables:
        by_table.setdefault(f"raw.{table.raw_table}", []).append(table)
    each = {name: _column_schema(tables) for name, tables in by_table.items()}
    whole = {"dagster/column_schema": _column_schema(series.tables)}
    return whole | (each if len(each) > 1 else {})


def _metadata(loaded: LoadResult, rows_held: Mapping[str, int]) -> dict[str, Any]:
    return {
        "new": len(loaded.vintages),
        "accepted": sum(v.status == "accepted" for v in loaded.vintages),
        "quarantined": sum(v.status == "quarantined" for v in loaded.vintages),
        "rows_loaded": loaded.rows,
        "dagster/row_count": sum(rows_held.values()),
        "rows_per_table": dg.MetadataValue.json(dict(rows_held)),
        "quarantined_now": dg.MetadataValue.json(loaded.lines()),
    }


def _rows_held(connection: duckdb.DuckDBPyConnection, series: Series) -> dict[str, int]:
    """Raw rows of all vintages by published table."""
    return dict(
        connection.execute(
            """select table_name, sum(rows)::bigint from ledger.vintage_tables
            where series = ? group by table_name order by table_name""",
            [series.name],
        ).fetchall()
    )


def _log_verdicts(settings: Settings, loaded: LoadResult, damaged: Iterable[str]) -> None:
    """What was accepted and what not, and why, in the log of events."""
    log = events(settings)
    for line in damaged:
        log.error("archive damage found", damage=line)
    for vintage in loaded.vintages:
        about = {"vintage": vintage.vintage_id, "published_name": vintage.published_name}
        if vintage.status == "accepted":
            log.info("vintage accepted", **about, rows=vintage.rows)
        else:
            log.warning("vintage quarantined", **about, reasons=vintage.reasons)
        for table, reasons in vintage.quarantined_tables.items():
            log.warning("table quarantined", **about, table=table, reasons=reasons)


@dg.resource(description="The process of a run that loads; it ends before tables are built.")
def loader() -> Iterator[Loader]:
    """A Loader that begins with the first load."""
    with closing(Loader()) as it:
        yield it


def _loaded(
    context: dg.AssetExecutionContext, settings: Settings, series: Series, archive: Archive
) -> tuple[LoadResult, list[str]]:
    """What is new, in a process of its own; where nothing is, that is found out here."""
    with warehouse(settings) as connection:
        if not not_loaded(connection, series, archive):
            return load_archived(connection, series, archive, context.run_id)
    apart: Loader = context.resources.loader
    try:
        return apart.load(settings, series, context.run_id)
    except LoadingError as problem:
        raise dg.Failure(
            str(problem), metadata={"trace": dg.MetadataValue.text(problem.trace)}
        ) from None


def raw_asset(series: Series) -> dg.AssetsDefinition:
    """The asset that loads every archived vintage of one series that is not loaded yet."""
    key = dg.AssetKey(["raw", series.name])

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["publications", series.name])],
        group_name=series.agency.lower(),
        description=f"{series.description} Private: raw tables of every vintage, and the ledger.",
        kinds={"duckdb", "pandas"},
        owners=OWNERS,
        required_resource_keys={"warehouse_turn", "loader"},
        partitions_def=None if series.frozen else MONTHS,
        backfill_policy=None if series.frozen else dg.BackfillPolicy.single_run(),
        check_specs=asset_check_specs(series.name, key),
        freshness_policy=freshness_policy(series),
        metadata=_definition_metadata(series),
        pool="warehouse",
    )
    def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Read and judge what is archived and not loaded, whatever its month; one transaction."""
        settings, began = Settings(), time.monotonic()
        archive = Archive(settings.archive)
        loaded, damaged = _loaded(context, settings, series, archive)
        if speaks_for_run(context, key):
            damaged += archive.damages
        with warehouse(settings) as connection:
            rows_held = _rows_held(connection, series)
        with bound_contextvars(run_id=context.run_id, series=series.name):
            _log_verdicts(settings, loaded, damaged)
        loaded_ids = {vintage.vintage_id for vintage in loaded.vintages}
        read = [it for it in archive.vintages(series) if it.vintage_id in loaded_ids]
        report_other_months(context, key, [it.publication_month for it in read])
        for line in (*damaged, *loaded.lines()):
            context.log.warning(line)
        return dg.MaterializeResult(
            metadata=_metadata(loaded, rows_held)
            | {
                "bytes": sum(it.bytes for it in read),
                "seconds": time.monotonic() - began,
                "errors": dg.MetadataValue.json(damaged),
            },
            check_results=asset_check_results(loaded.checks, key),
        )

    return raw


RAW = [raw_asset(series) for series in SERIES.values()]
