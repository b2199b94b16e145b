"""One run of a job in this process, against the instance in $BORDER_HOME, and what came of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from orchestration.automation import every_month
from orchestration.definitions import defs
from orchestration.progress import STEPS
from orchestration.settings import Settings
from orchestration.warehouse.versions import current_version

#: a line per finished step instead of Dagster's own console log
STAGE_LINES: dict[str, Any] = {"loggers": {"stages": {}}}


@dataclass
class RunReport:
    """What a run found, took in, refused, checked and published."""

    run_id: str
    succeeded: bool
    version: str | None
    version_is_new: bool
    found: Counter[str] = field(default_factory=Counter)  # by series
    new: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    quarantined_tables: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    checks: Counter[str] = field(default_factory=Counter)  # passed, warned, failed
    seconds: Counter[str] = field(default_factory=Counter)  # by stage
    published_rows: int = 0

    @property
    def exit_code(self) -> int:
        """0 all good, 3 published but something was refused or not reached, 1 not published."""
        if not self.succeeded or self.version is None:
            return 1
        return 3 if self.quarantined_tables or self.errors or self.quarantined.total() else 0


def execute(job: str, settings: Settings) -> RunReport:
    """Run ``job`` over all publication months; a failing step is reported, not raised."""
    before = current_version(settings)
    log = settings.home / "logs" / "run.log"  # what dbt says; a person sees the stages
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        dg.DagsterInstance.get() as instance,
        log.open("a", encoding="utf-8") as said,
        redirect_stdout(said),
    ):
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            tags=every_month(),
            run_config=STAGE_LINES,
            raise_on_error=False,
        )
    version = current_version(settings)
    report = RunReport(
        run_id=result.run_id,
        succeeded=result.success,
        version=version,
        version_is_new=version != before,
    )
    for event in result.all_events:
        _note(report, event)
    return report


def _stage(step_key: str | None) -> str:
    return STEPS.get((step_key or "").split("__")[0], "other")


def _note(report: RunReport, event: dg.DagsterEvent) -> None:
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        report.seconds[_stage(event.step_key)] += event.step_success_data.duration_ms / 1000  # type: ignore[assignment]
    elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
        report.failures.append(_failure(event))
    elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        report.checks.update(_verdict(event))
    elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
        _note_materialization(report, event)


def _failure(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    cause = error
    while cause is not None and cause.cause is not None:
        cause = cause.cause
    return f"{event.step_key}: {cause.message.strip() if cause else 'failed'}"


def _verdict(event: dg.DagsterEvent) -> Iterator[str]:
    evaluation = event.asset_check_evaluation_data
    if evaluation.passed:
        yield "passed"
    else:
        yield "failed" if evaluation.severity == dg.AssetCheckSeverity.ERROR else "warned"


def _note_materialization(report: RunReport, event: dg.DagsterEvent) -> None:
    materialization = event.step_materialization_data.materialization
    path = materialization.asset_key.path
    if not materialization.metadata:  # a month of new publications beside the run's own
        return
    facts: dict[str, Any] = {name: v.value for name, v in materialization.metadata.items()}
    if path[0] == "publications":
        report.found[path[1]] += facts["found"]
        report.new[path[1]] += facts["new"]
        report.errors += facts["errors"]
    elif path[0] == "raw":
        report.accepted[path[1]] += facts["accepted"]
        report.quarantined[path[1]] += facts["quarantined"]
        report.rows[path[1]] += facts["dagster/row_count"]
        report.errors += facts["errors"]
        report.quarantined_tables += facts["quarantined_tables"]
    elif path == ["published"]:
        report.published_rows = facts["rows"]
