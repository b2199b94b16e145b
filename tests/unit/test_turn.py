"""A run's turn at the warehouse: it waits for who is at work; dead runs are closed."""

import signal
import subprocess
import sys
from datetime import timedelta

import dagster as dg
import pytest

from orchestration import turn
from orchestration.home import prepare_home
from orchestration.settings import Settings
from orchestration.turn import close_dead_runs, warehouse_turn
from tests.integration.test_readers_during_publish import BUSY


@dg.op(required_resource_keys={"warehouse_turn"})
def work(context):
    context.log.info("at work")


@dg.job(resource_defs={"warehouse_turn": warehouse_turn}, executor_def=dg.in_process_executor)
def refresh():
    work()


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in ("BORDER_HOME", "DAGSTER_HOME"):  # restored after the test
        monkeypatch.setenv(name, "")
    settings = Settings(home=tmp_path / "home")
    prepare_home(settings)
    return settings


@pytest.fixture
def instance(settings):
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def busy(settings):
    """Another process at work in the warehouse."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, str(settings.home)], text=True, **pipes
    ) as process:
        assert process.stdout.readline() == "busy\n"
        yield process
        process.kill()


def messages(instance, run_id):
    return [event.message or event.user_message for event in instance.all_logs(run_id)]


@pytest.mark.fault(
    "a scheduled run begins while another process is at work in the warehouse",
    "it waits, an hour at most, and goes on",
    "in the run's log: which process is at work",
)
def test_a_run_waits_for_who_is_at_work_says_for_whom_and_goes_on(instance, busy, monkeypatch):
    monkeypatch.setattr(turn.time, "sleep", lambda _: busy.communicate())  # it ends meanwhile
    run = refresh.execute_in_process(instance=instance)
    assert run.success
    said = "\n".join(messages(instance, run.run_id))
    assert f"process {busy.pid} at work" in said
    assert said.index("waiting for the warehouse") < said.index("the warehouse is free")
    assert said.index("the warehouse is free") < said.index("at work\n")


def test_a_run_that_waited_too_long_fails_by_the_name_of_who_is_at_work(
    instance, busy, monkeypatch
):
    monkeypatch.setattr(turn, "LONGEST_WAIT_SECONDS", -1.0)
    run = refresh.execute_in_process(instance=instance, raise_on_error=False)
    assert not run.success
    (failed,) = [it for it in run.all_events if it.event_type == dg.DagsterEventType.RUN_FAILURE]
    assert f"process {busy.pid} at work" in str(failed.event_specific_data)


#: Begins a run of ``refresh`` and is killed in the middle of it.
KILLED = """
import os, signal
import dagster as dg
from orchestration.turn import warehouse_turn
@dg.op(required_resource_keys={"warehouse_turn"})
def work():
    os.kill(os.getpid(), signal.SIGKILL)
@dg.job(resource_defs={"warehouse_turn": warehouse_turn}, executor_def=dg.in_process_executor)
def refresh():
    work()
with dg.DagsterInstance.get() as instance:
    refresh.execute_in_process(instance=instance)
"""


@pytest.mark.fault(
    "a run is killed with the machine",
    "the next tick, run or start of the daemon closes it; the queue goes on",
    "that its process ended, and that the next run does again what is missing",
)
def test_a_run_whose_process_was_killed_is_closed_and_no_longer_holds_up_the_queue(
    instance, settings
):
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert killed.returncode == -signal.SIGKILL
    (run,) = instance.get_runs()
    assert run.status == dg.DagsterRunStatus.STARTED

    assert close_dead_runs(instance, settings) == [run.run_id]

    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
    assert "the next run does again what is missing" in messages(instance, run.run_id)[-1]
    assert list((settings.dagster_home / "alive").iterdir()) == []
    assert close_dead_runs(instance, settings) == []


def test_a_run_at_work_is_left_alone(instance, settings):
    closed = []

    @dg.op(required_resource_keys={"warehouse_turn"})
    def looks():
        with dg.DagsterInstance.get() as another:
            closed.append(close_dead_runs(another, settings))

    @dg.job(resource_defs={"warehouse_turn": warehouse_turn}, executor_def=dg.in_process_executor)
    def at_work():
        looks()

    assert at_work.execute_in_process(instance=instance).success
    assert closed == [[]]


@pytest.mark.parametrize(("silent", "is_closed"), [(timedelta(0), False), (timedelta(1), True)])
def test_a_run_that_has_just_begun_has_time_to_show_that_it_lives(
    instance, settings, monkeypatch, silent, is_closed
):
    run = instance.create_run_for_job(refresh)
    instance.report_dagster_event(
        dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name
        ),
        run_id=run.run_id,
    )
    monkeypatch.setattr(turn, "SHOWS_LIFE_AFTER", timedelta(minutes=2) - silent)
    assert close_dead_runs(instance, settings) == ([run.run_id] if is_closed else [])
