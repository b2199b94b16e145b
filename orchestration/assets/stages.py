"""The finished steps of a Dagster run, written to the ledger's runs (and so to meta.runs)."""

from datetime import UTC, datetime

import dagster as dg
import duckdb

from orchestration.mirror.source import Source
from orchestration.progress import stage_title
from orchestration.run_events import rows_and_bytes
from orchestration.settings import Settings
from orchestration.warehouse.ledger import create_ledger, record_run

#: runs that are looked at; one that failed early records nothing of those before it
RUNS_BEFORE = 3


def record_finished_stages(
    instance: dg.DagsterInstance,
    run_id: str,
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
) -> None:
    """Record each step of a run that has ended and is not recorded: seconds, rows, bytes."""
    create_ledger(connection)
    known = {
        stage
        for (stage,) in connection.execute(
            "select stage from ledger.runs where run_id = ?", [run_id]
        ).fetchall()
    }
    source_mode = Source.remembered(settings).mode
    for step in instance.get_run_step_stats(run_id):
        if step.start_time is None or step.end_time is None or step.status is None:
            continue
        if stage_title(step.step_key) in known:
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


def record_stages_of_runs_before(
    instance: dg.DagsterInstance, connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Record what the last runs did after they could record it: their builds and publishes.

    A run of the UI or the daemon is over when its last step is, so the next one does this for it.
    """
    ended = [
        dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED,
    ]  # fmt: skip
    for run in instance.get_runs(dg.RunsFilter(statuses=ended), limit=RUNS_BEFORE):
        record_finished_stages(instance, run.run_id, connection, settings)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
