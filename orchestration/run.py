"""One run of a job in this process, against the instance in $BORDER_HOME, and what came of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.stages import record_finished_stages
from orchestration.automation import STAGE_LINES
from orchestration.definitions import defs
from orchestration.mirror.source import Source
from orchestration.progress import STEPS
from orchestration.run_events import cause
from orchestration.settings import Settings
from orchestration.turn import close_dead_runs
from orchestration.warehouse.connection import warehouse, warehouse_lock
from orchestration.warehouse.ledger import create_ledger
from orchestration.warehouse.marts import reading
from orchestration.warehouse.quarantined import Refused, quarantined_in
from orchestration.warehouse.query import FILE_NAME, stable_path
from orchestration.warehouse.versions import current_version, rolled_back_from


@dataclass
class RunReport:
    """What a run found, took in, refused, checked and published.

    ``refused``: what the version published last before the run does not yet call quarantined.
    ``checks``: by judge (acquire, gate, dbt) and verdict (passed, warned, failed); those of this
    run only.
    """

    run_id: str
    succeeded: bool
    version: str | None
    version_is_new: bool
    found: Counter[str] = field(default_factory=Counter)  # by series
    new: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    checks: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)  # by stage
    published_rows: int = 0

    @property
    def exit_code(self) -> int:
        """0 all good, 3 published but something was refused or not reached, 1 not published."""
        if not self.succeeded or self.version is None:
            return 1
        return 3 if self.refused or self.errors else 0


def execute(
    job: str, settings: Settings, months: Mapping[str, str], source: Source | None = None
) -> RunReport:
    """Run ``job``; a failing step is reported, not raised.

    ``months``: run tags that say of which publication months, see automation.py. ``source``: what
    the home takes from, from this run on. It is remembered only once this run has the home to
    itself: every step of a run at work asks anew what the source is.

    WarehouseBusyError if another run of this home is at work, SourceError if the source is not for
    this home: nothing was begun, and nothing changed.
    """
    log = settings.logs / "run.log"  # what dbt says; a person sees the stages
    log.parent.mkdir(parents=True, exist_ok=True)
    with warehouse_lock(settings), dg.DagsterInstance.get() as instance:
        # opened and closed: a dbt that outlived its killed run is noticed here, not in each step
        with warehouse(settings):
            close_dead_runs(instance, settings)
        if source is not None:
            source.remember(settings)
        before, known = current_version(settings), _refused_before(settings).keys()
        with log.open("a", encoding="utf-8") as said, redirect_stdout(said):
            result = defs.resolve_job_def(job).execute_in_process(
                instance=instance,
                tags=dict(months),
                run_config=STAGE_LINES,
                raise_on_error=False,
            )
        with warehouse(settings) as connection:
            create_ledger(connection)
            refused = quarantined_in(connection, "ledger")
            judged = _verdicts_of_gate(connection, result.run_id)
            record_finished_stages(instance, result.run_id, connection, settings)
    version = current_version(settings)
    report = RunReport(
        run_id=result.run_id,
        succeeded=result.success,
        version=version,
        version_is_new=version != before,
        refused=[one for key, one in refused.items() if key not in known],
        checks=judged,
    )
    for event in result.all_events:
        _note(report, event)
    return report


def _refused_before(settings: Settings) -> dict[tuple[str, str | None], Refused]:
    """What the version published last calls quarantined; after a rollback readers see another."""
    newest = rolled_back_from(settings)
    file = settings.published / newest / FILE_NAME if newest else stable_path(settings)
    if not file.is_file():
        return {}
    with reading(file) as connection:
        return quarantined_in(connection, "meta")


def _verdicts_of_gate(
    connection: duckdb.DuckDBPyConnection, run_id: str
) -> Counter[tuple[str, str]]:
    """Verdicts of readers and Great Expectations; the asset checks sum them up per series."""
    rows = connection.execute(
        """
        select case when passed then 'passed' when severity = 'critical' then 'failed'
            else 'warned' end as verdict, count(*)
        from ledger.checks where run_id = ? group by verdict
        """,
        [run_id],
    ).fetchall()
    return Counter({("gate", verdict): count for verdict, count in rows})


def _stage(step_key: str | None) -> str:
    return STEPS.get((step_key or "").split("__")[0], "other")


def _note(report: RunReport, event: dg.DagsterEvent) -> None:
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        report.seconds[_stage(event.step_key)] += event.step_success_data.duration_ms / 1000  # type: ignore[assignment]
    elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
        report.failures.append(f"{event.step_key}: {cause(event)}")
    elif event.event_type == dg.DagsterEventType.RUN_FAILURE and not report.failures:
        report.failures.append(event.message or "the run failed; see it in `border ui`")
    elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        report.checks.update(_verdict(event))
    elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
        _note_materialization(report, event)


def _verdict(event: dg.DagsterEvent) -> Iterator[tuple[str, str]]:
    evaluation = event.asset_check_evaluation_data
    layer = evaluation.asset_key.path[0]
    if layer == "raw":
        return
    judge = "acquire" if layer == "publications" else "dbt"
    if evaluation.passed:
        yield judge, "passed"
    else:
        severe = evaluation.severity == dg.AssetCheckSeverity.ERROR
        yield judge, "failed" if severe else "warned"


def _note_materialization(report: RunReport, event: dg.DagsterEvent) -> None:
    materialization = event.step_materialization_data.materialization
    path = materialization.asset_key.path
    if not materialization.metadata:  # a month of new publications beside the run's own
        return
    counted = {"publications": report.found, "raw": report.accepted}.get(path[0], Counter())
    if path[-1] in counted:  # a run over several months says the same of each
        return
    facts: dict[str, Any] = {name: v.value for name, v in materialization.metadata.items()}
    if path[0] == "publications":
        report.found[path[1]] += facts["found"]
        report.new[path[1]] += facts["new"]
        report.errors += facts["errors"]
    elif path[0] == "raw":
        report.accepted[path[1]] += facts["accepted"]
        report.quarantined[path[1]] += facts["quarantined"]
        report.rows[path[1]] += facts["rows_loaded"]
        report.errors += facts["errors"]
    elif path == ["published"]:
        report.published_rows = facts["dagster/row_count"]
