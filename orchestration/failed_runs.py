"""Runs of the Dagster instance that failed, and what each failed of: plain data for the alerts."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.alerts.standing import FailedRun
from orchestration.progress import stage_title
from orchestration.run_events import cause

#: a receiver that was down for longer is told of the newest ones only
NEWEST = 10


def failed_runs(instance: dg.DagsterInstance) -> list[FailedRun]:
    """The newest failed runs, whoever started them; those that a person ended are none."""
    failed = instance.get_run_records(_with_status(dg.DagsterRunStatus.FAILURE), limit=NEWEST)
    if not failed:
        return []
    succeeded = instance.get_run_records(_with_status(dg.DagsterRunStatus.SUCCESS), limit=1)
    last_success = max((record.end_time or 0 for record in succeeded), default=0)
    return [_failed_run(instance, record, last_success) for record in failed]


def _with_status(status: dg.DagsterRunStatus) -> dg.RunsFilter:
    return dg.RunsFilter(statuses=[status])


def _failed_run(
    instance: dg.DagsterInstance, record: dg.RunRecord, last_success: float
) -> FailedRun:
    run = record.dagster_run
    ended_at = record.end_time or record.update_timestamp.timestamp()
    stage, message = _why(instance, run.run_id)
    return FailedRun(
        run_id=run.run_id,
        job=run.job_name,
        stage=stage,
        message=message,
        ended_at=datetime.fromtimestamp(ended_at, UTC).replace(tzinfo=None),
        stands=ended_at > last_success,
    )


def _why(instance: dg.DagsterInstance, run_id: str) -> tuple[str, str]:
    """The stage and the cause of the first step that failed, else why the run as a whole did."""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    events = [
        entry.dagster_event
        for entry in instance.all_logs(run_id, of_type=kinds)
        if entry.dagster_event is not None
    ]
    for event in events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            return stage_title(event.step_key or ""), cause(event)
    return "the run", next((event.message for event in events if event.message), "no reason given")
