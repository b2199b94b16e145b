"""The event log of the home: quick, and the same files that Dagster's own class reads."""

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import KEPT_OPEN, QuickEventLog
from orchestration.home import prepare_home
from orchestration.settings import Settings


@dg.op
def nothing() -> None:
    """Do nothing."""


@dg.job
def idle() -> None:
    """One step."""
    nothing()


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    for name in ("BORDER_HOME", "DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")  # prepare_home sets them; this puts them back
    settings = Settings(home=tmp_path / 'a "home"')
    prepare_home(settings)
    return settings


def test_dagsters_own_class_reads_the_events_of_more_runs_than_stay_open(settings):
    with dg.DagsterInstance.get() as instance:
        log = instance.event_log_storage
        assert isinstance(log, QuickEventLog)
        runs = [idle.execute_in_process(instance=instance).run_id for _ in range(KEPT_OPEN + 2)]
        assert len(log._engines) == KEPT_OPEN
        written = [len(instance.all_logs(run)) for run in runs]
    assert min(written) > 5
    theirs = SqliteEventLogStorage(str(settings.dagster_home / "history" / "runs"))
    assert [len(theirs.get_logs_for_run(run)) for run in runs] == written


def test_a_home_that_was_moved_keeps_its_events(settings, tmp_path):
    with dg.DagsterInstance.get() as instance:
        run = idle.execute_in_process(instance=instance).run_id
        written = len(instance.all_logs(run))
    moved = Settings(home=tmp_path / "moved")
    settings.home.rename(moved.home)
    prepare_home(moved)
    with dg.DagsterInstance.get() as instance:
        assert len(instance.all_logs(run)) == written
    assert not settings.home.exists()
