"""Runs and their stages, in the log of events and in the ledger, wherever they go on."""

import dagster as dg
import pytest

from orchestration.assets.stages import record_finished_stages, record_stages_of_runs_before
from orchestration.home import prepare_home
from orchestration.log import logged_events
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse


@dg.asset(key=["raw", "ohss_monthly_tables"], check_specs=[
    dg.AssetCheckSpec("warnings", asset=["raw", "ohss_monthly_tables"])
])  # fmt: skip
def raw_table():
    return dg.MaterializeResult(
        metadata={"rows_loaded": 7, "dagster/row_count": 100, "bytes": 12, "seconds": 0.1},
        check_results=[
            dg.AssetCheckResult(
                passed=False, severity=dg.AssetCheckSeverity.WARN, description="8.470"
            )
        ],
    )


@dg.asset(deps=[raw_table])
def published():
    return dg.MaterializeResult(metadata={"dagster/row_count": 40, "bytes": 3})


@dg.asset(name="models")
def fails():
    raise dg.Failure("dbt: 1 failed: a test.")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in ("BORDER_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("BORDER_HOME", str(tmp_path))
    settings = Settings(home=tmp_path)
    prepare_home(settings)
    return settings


def run(*assets) -> tuple[dg.DagsterInstance, dg.ExecuteInProcessResult]:
    instance = dg.DagsterInstance.get()
    return instance, dg.materialize(list(assets), instance=instance, raise_on_error=False)


def without_times(events):
    return [{k: v for k, v in it.items() if k not in {"timestamp", "seconds"}} for it in events]


def test_a_run_its_stages_and_failed_checks_are_logged_though_no_command_started_it(settings):
    _, result = run(raw_table, published)
    found = list(logged_events(settings))
    assert all(isinstance(it["seconds"], float) for it in found if "ended" in it["event"])
    whose = {"level": "info", "run_id": result.run_id}
    job = {"job": result.dagster_run.job_name, "source_mode": "none"}
    table = {"series": "ohss_monthly_tables"}
    assert without_times(found) == [
        whose | {"event": "run started"} | job,
        whose
        | table
        | {
            "level": "warning",
            "event": "check failed",
            "asset": "raw/ohss_monthly_tables",
            "check": "warnings",
            "severity": "warning",
            "reason": "8.470",
        },
        whose
        | table
        | {
            "event": "stage ended",
            "stage": "load and judge ohss_monthly_tables",
            "rows": 7,
            "bytes": 12,
            "status": "success",
        },
        whose
        | {"event": "stage ended", "stage": "publish", "rows": 40, "bytes": 3, "status": "success"},
        whose | {"event": "run ended"} | job | {"status": "success", "version": None},
    ]


@pytest.mark.parametrize(
    "problem", [OSError(28, "No space left on device"), dg.Failure("No space left on device")]
)
def test_a_stage_that_a_full_disk_ends_says_what_to_do(settings, problem):
    @dg.asset(name="models")
    def full():
        raise problem

    run(full)
    (stage,) = [it for it in logged_events(settings) if it["event"] == "stage ended"]
    assert "No space left on device" in stage["error"]
    assert "Free some space" in stage["error"]


def test_a_stage_that_fails_is_logged_with_its_cause(settings):
    run(fails)
    ended, whole = list(logged_events(settings))[-2:]
    assert (ended["event"], ended["level"], ended["status"]) == ("stage ended", "error", "failure")
    assert (ended["stage"], ended["error"]) == ("build", "dbt: 1 failed: a test.")
    assert (whole["event"], whole["status"]) == ("run ended", "failure")


def test_a_log_that_fails_does_not_fail_the_run(settings, monkeypatch, capsys):
    def broken(_):
        raise ValueError("no such source")

    monkeypatch.setattr("orchestration.mirror.source.Source.remembered", broken)
    _, result = run(published)
    assert result.success
    assert "no such source" in capsys.readouterr().err


def stages(settings) -> list[tuple[object, ...]]:
    with warehouse(settings) as connection:
        return connection.execute(
            "select run_id, stage, rows, bytes, status, seconds > 0 from ledger.runs order by stage"
        ).fetchall()


def test_the_stages_of_a_run_that_could_not_record_its_last_are_recorded_by_the_next(settings):
    instance, result = run(raw_table, published)
    with warehouse(settings) as connection:
        record_stages_of_runs_before(instance, connection, settings)
    assert stages(settings) == [
        (result.run_id, "load and judge ohss_monthly_tables", 7, 12, "success", True),
        (result.run_id, "publish", 40, 3, "success", True),
    ]


def test_a_stage_is_recorded_once(settings):
    instance, result = run(published)
    with warehouse(settings) as connection:
        record_finished_stages(instance, result.run_id, connection, settings)
        record_finished_stages(instance, result.run_id, connection, settings)
        record_stages_of_runs_before(instance, connection, settings)
    assert len(stages(settings)) == 1


def test_a_failed_build_is_on_record(settings):
    instance, result = run(fails)
    with warehouse(settings) as connection:
        record_stages_of_runs_before(instance, connection, settings)
    assert stages(settings) == [(result.run_id, "build", None, None, "failure", True)]
