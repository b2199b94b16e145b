"""Assets `raw/<series>`: archived vintages read, judged at the gate and loaded, per series."""

from dataclasses import asdict
from typing import Any

import dagster as dg

from orchestration.acquire.archive import Archive, ArchiveError
from orchestration.checks import asset_check_results, asset_check_specs
from orchestration.partitions import MONTHS, report_other_months
from orchestration.series.catalog import SERIES
from orchestration.series.series import Series
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse
from orchestration.warehouse.ledger import record_sightings
from orchestration.warehouse.load import LoadResult, load


def _column_schema(series: Series) -> dg.TableSchema:
    """Columns of the raw tables of a series, in the order in which they first stand."""
    columns = {
        name: kind
        for table in series.tables
        for name, kind in (
            {"vintage_id": "VARCHAR", "table_name": "VARCHAR"} | table.columns
        ).items()
    }
    return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in columns.items()])


def _metadata(loaded: LoadResult) -> dict[str, Any]:
    return {
        "new": len(loaded.vintages),
        "accepted": sum(v.status == "accepted" for v in loaded.vintages),
        "quarantined": sum(v.status == "quarantined" for v in loaded.vintages),
        "dagster/row_count": sum(v.rows for v in loaded.vintages),
        "quarantined_tables": dg.MetadataValue.json(
            [
                {"vintage": v.published_name, "table": table, "reasons": list(reasons)}
                for v in loaded.vintages
                for table, reasons in v.quarantined_tables.items()
            ]
        ),
    }


def raw_asset(series: Series) -> dg.AssetsDefinition:
    """The asset that loads every archived vintage of one series that is not loaded yet."""
    key = dg.AssetKey(["raw", series.name])

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["publications", series.name])],
        group_name=series.agency.lower(),
        description=f"{series.description} Private: raw tables of every vintage, and the ledger.",
        kinds={"duckdb", "pandas"},
        owners=["team:warehouse"],
        partitions_def=None if series.frozen else MONTHS,
        backfill_policy=None if series.frozen else dg.BackfillPolicy.single_run(),
        check_specs=asset_check_specs(series.name, key),
        metadata={"dagster/column_schema": _column_schema(series)},
        pool="warehouse",
    )
    def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Read and judge what is archived and not loaded, whatever its month; one transaction."""
        settings = Settings()
        archive = Archive(settings.archive)
        archived, damaged = [], []
        for sidecar in archive.vintages(series):
            try:
                archived.append((asdict(sidecar), archive.document(sidecar)))
            except ArchiveError as error:
                damaged.append(str(error))
        with warehouse(settings) as connection:
            loaded = load(connection, series, archived, context.run_id)
            record_sightings(connection, series.name, map(asdict, archive.sightings(series)))
        loaded_ids = {vintage.vintage_id for vintage in loaded.vintages}
        months = [
            sidecar["publication_month"]
            for sidecar, _ in archived
            if sidecar["vintage_id"] in loaded_ids
        ]
        report_other_months(context, key, months)
        for line in (*damaged, *loaded.lines()):
            context.log.warning(line)
        return dg.MaterializeResult(
            metadata=_metadata(loaded) | {"errors": dg.MetadataValue.json(damaged)},
            check_results=asset_check_results(loaded.checks, key),
        )

    return raw


RAW = [raw_asset(series) for series in SERIES.values()]
