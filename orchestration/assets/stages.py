"""The finished steps of a Dagster run, written to the ledger's runs (and so to meta.runs)."""

from datetime import UTC, datetime

import dagster as dg
import duckdb

from orchestration.mirror.source import Source
from orchestration.progress import stage_title
from orchestration.run_events import rows_and_bytes
from orchestration.settings import Settings
from orchestration.warehouse.ledger import record_run


def record_finished_stages(
    instance: dg.DagsterInstance,
    run_id: str,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
) -> None:
    """Record each step of a run that has ended: seconds, rows, bytes; again replaces it."""
    source_mode = Source.remembered(settings).mode
    for step in instance.get_run_step_stats(run_id):
        if step.start_time is None or step.end_time is None or step.status is None:
            continue
        made = [event.asset_materialization for event in step.materialization_events]
        rows, bytes_moved = rows_and_bytes(it for it in made if it)
        record_run(
            connection,
            run_id=run_id,
            stage=stage_title(step.step_key),
            started_at=_utc(step.start_time),
            ended_at=_utc(step.end_time),
            status=step.status.value.lower(),
            source_mode=source_mode,
            rows=rows,
            bytes_read=bytes_moved,
        )


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
