"""What Dagster says of a run, in the log of events: runs, stages, checks that failed.

Dagster hands each of its events to the handler below wherever a run goes on (`border run`, the UI,
the daemon): orchestration/dagster.yaml names it. Events of ours are logged where they happen.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import dagster as dg

from orchestration.full_disk import REMEDY, is_full_disk
from orchestration.log import events
from orchestration.mirror.source import Source
from orchestration.progress import stage_title
from orchestration.settings import Settings
from orchestration.warehouse.versions import current_version

_RUN_ENDS = {
    dg.DagsterEventType.RUN_SUCCESS: "success",
    dg.DagsterEventType.RUN_FAILURE: "failure",
    dg.DagsterEventType.RUN_CANCELED: "canceled",
}

#: when each run and step of this process began, and what each step made; Dagster makes a handler
#: more than once in a process
_began: dict[tuple[str, str | None], float] = {}
_made: dict[tuple[str, str | None], list[dg.AssetMaterialization]] = {}


class RunEvents(logging.Handler):
    """Takes Dagster's events, logs those that tell something."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the event; what goes wrong here must not end the run."""
        said: dict[str, Any] = getattr(record, "dagster_meta", {})
        event = said.get("dagster_event")
        if isinstance(event, dg.DagsterEvent):
            try:
                _log(event, said["run_id"], record.created)
            except Exception:
                self.handleError(record)


def _log(event: dg.DagsterEvent, run_id: str, now: float) -> None:
    key = (run_id, event.step_key)
    kind = event.event_type
    if kind == dg.DagsterEventType.RUN_START:
        _began[key] = now
        settings = Settings()
        events(settings).info("run started", run_id=run_id, **_job(event, settings))
    elif kind in _RUN_ENDS:
        settings = Settings()
        events(settings).info(
            "run ended",
            run_id=run_id,
            **_job(event, settings),
            status=_RUN_ENDS[kind],
            seconds=_seconds_since(_began.pop(key, now), now),
            version=current_version(settings),
        )
    elif kind == dg.DagsterEventType.STEP_START:
        _began[key] = now
    elif kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
        _made.setdefault(key, []).append(event.step_materialization_data.materialization)
    elif kind in {dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}:
        _log_stage(event, run_id, _seconds_since(_began.pop(key, now), now), _made.pop(key, []))
    elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        _log_check(event, run_id)


def _seconds_since(began: float, now: float) -> float:
    return round(now - began, 3)


def _job(event: dg.DagsterEvent, settings: Settings) -> dict[str, str]:
    return {"job": event.job_name, "source_mode": Source.remembered(settings).mode}


def _log_stage(
    event: dg.DagsterEvent, run_id: str, seconds: float, made: list[dg.AssetMaterialization]
) -> None:
    rows, bytes_moved = rows_and_bytes(made)
    facts = {
        **_of_series((event.step_key or "").split("__")),
        "run_id": run_id,
        "stage": stage_title(event.step_key or ""),
        "seconds": seconds,
        "rows": rows,
        "bytes": bytes_moved,
    }
    log = events(Settings())
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        log.info("stage ended", **facts, status="success")
    else:
        log.error("stage ended", **facts, status="failure", error=cause(event))


def _of_series(path: Sequence[str]) -> dict[str, str]:
    """The series of an asset or step: publications/<series>, raw/<series>; of others none."""
    return {"series": path[1]} if path[0] in {"publications", "raw"} else {}


def _log_check(event: dg.DagsterEvent, run_id: str) -> None:
    evaluation = event.asset_check_evaluation_data
    if evaluation.passed:
        return
    is_error = evaluation.severity == dg.AssetCheckSeverity.ERROR
    events(Settings()).warning(
        "check failed",
        run_id=run_id,
        **_of_series(evaluation.asset_key.path),
        asset=evaluation.asset_key.to_user_string(),
        check=evaluation.check_name,
        severity="error" if is_error else "warning",
        reason=evaluation.description,
    )


def rows_and_bytes(made: Iterable[dg.AssetMaterialization]) -> tuple[int | None, int | None]:
    """What a step wrote and moved, from its materialisations; None where they do not say.

    Of raw tables the rows loaded, since the rows held are those of all runs.
    """
    facts = [{name: value.value for name, value in it.metadata.items()} for it in made]
    rows = [it.get("rows_loaded", it.get("dagster/row_count")) for it in facts]
    moved = [it.get("bytes") for it in facts]
    return _sum(rows), _sum(moved)


def _sum(numbers: Iterable[Any]) -> int | None:
    known = [int(number) for number in numbers if number is not None]
    return sum(known) if known else None


def cause(event: dg.DagsterEvent) -> str:
    """Why a step failed: the innermost cause, without the traces that the UI shows."""
    failed = event.step_failure_data
    if failed.user_failure_data and failed.user_failure_data.description:
        return _with_remedy(failed.user_failure_data.description)
    error = failed.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is not None and error.cls_name == "DagsterExecutionInterruptedError":
        return "interrupted; the next run does again what is missing"
    return _with_remedy(error.message.strip() if error else "failed")


def _with_remedy(said: str) -> str:
    return f"{said} {REMEDY}" if is_full_disk(said) else said
