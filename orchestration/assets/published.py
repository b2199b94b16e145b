"""The asset `published`: a new version of the marts and meta, where readers find them."""

import dagster as dg

from orchestration.assets.models import models
from orchestration.assets.stages import record_finished_stages
from orchestration.mirror.source import Source
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse
from orchestration.warehouse.ledger import ledger_fingerprint
from orchestration.warehouse.publish import publish


def _marts() -> list[dg.AssetKey]:
    return [
        key for key, spec in models.specs_by_key.items() if spec.group_name in {"marts", "meta"}
    ]


@dg.asset(
    deps=_marts(),
    group_name="published",
    kinds={"duckdb", "parquet", "csv"},
    owners=["team:warehouse"],
    description="The version that analysts and BI tools read: swapped in atomically, last.",
    pool="warehouse",
)
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Copy marts and meta to a new version folder and swap the stable path."""
    settings = Settings()
    with warehouse(settings) as connection:
        fingerprint = ledger_fingerprint(connection)
        record_finished_stages(context, connection, settings)
    version = publish(
        settings,
        source_mode=Source.remembered(settings).mode,
        run_id=context.run_id,
        fingerprint=fingerprint,
        run_results=settings.home / "dbt" / "run_results.json",
    )
    return dg.MaterializeResult(
        metadata={
            "version": version.version,
            "path": dg.MetadataValue.path(str(version.path)),
            "rows": sum(version.rows.values()),
            "rows_per_table": dg.MetadataValue.json(dict(version.rows)),
        }
    )
