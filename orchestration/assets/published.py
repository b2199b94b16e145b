"""The asset `published`: a new version of the marts and meta, where readers find them."""

import time
from datetime import timedelta

import dagster as dg

from orchestration.assets import OWNERS
from orchestration.assets.build import built_from, manifest, run_results
from orchestration.assets.dbt_docs import dbt_docs
from orchestration.assets.models import models
from orchestration.assets.stages import record_finished_stages
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse, warehouse_lock
from orchestration.warehouse.ledger import source_mode_of_accepted
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import FILE_NAME, stable_path

#: layers of the dbt project whose tables stand in the published file
PUBLISHED = {"marts", "audit", "history", "meta"}


def _marts() -> list[dg.AssetKey]:
    return [key for key, spec in models.specs_by_key.items() if spec.group_name in PUBLISHED]


#: no version for as long as the most frequent series may be silent calls for a look
LATE_AFTER = timedelta(days=min(series.late_after_days for series in SERIES.values()))


@dg.asset(
    deps=_marts(),
    group_name="published",
    kinds={"duckdb", "parquet", "csv"},
    owners=OWNERS,
    required_resource_keys={"warehouse_turn"},
    description="The version that analysts and BI tools read: swapped in atomically, last.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=LATE_AFTER),
    pool="warehouse",
)
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Copy marts and meta to a new version folder and swap the stable path."""
    # it draws: a third of a second to import that a run with nothing new need not wait for
    from orchestration.site.write import write_site  # noqa: PLC0415

    settings, began = Settings(), time.monotonic()
    with warehouse_lock(settings):
        fingerprint = built_from(settings)
        if fingerprint is None:
            raise dg.Failure(
                f"{settings.build}: found no build that ended well; expected one. Run refresh or "
                "rebuild, which build before they publish."
            )
        with warehouse(settings) as connection:
            record_finished_stages(context.instance, context.run_id, connection, settings)
            source_mode = source_mode_of_accepted(connection)
        version = publish(
            settings,
            source_mode=source_mode,
            run_id=context.run_id,
            fingerprint=fingerprint,
            run_results=run_results(settings),
            beside=lambda folder: write_site(
                folder, dbt_docs(manifest(settings), folder / FILE_NAME)
            ),
        )
    notes = (version.path / "release_notes.md").read_text(encoding="utf-8")
    return dg.MaterializeResult(
        metadata={
            "version": version.version,
            "file": dg.MetadataValue.path(str(stable_path(settings))),
            "folder": dg.MetadataValue.path(str(version.path)),
            "dagster/row_count": sum(version.rows.values()),
            "bytes": sum(it.stat().st_size for it in version.path.rglob("*") if it.is_file()),
            "seconds": time.monotonic() - began,
            "rows_per_mart": dg.MetadataValue.json(dict(version.rows)),
            "release_notes": dg.MetadataValue.md(notes),
        }
    )
