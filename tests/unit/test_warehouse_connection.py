"""The warehouse is open in one process, and closed again whatever happens."""

import os
import subprocess
import sys

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse.connection import WarehouseBusyError, warehouse, warehouse_lock

HOLD = """
import sys, duckdb
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse_lock
settings = Settings(home=Path(sys.argv[1]))
held = warehouse_lock(settings) if sys.argv[2] == "run" else duckdb.connect(settings.warehouse)
with held:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


@pytest.fixture(params=["run", "shell"])
def other_process(request, settings):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home), request.param],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_told_which_one_is_at_work_and_what_to_do(settings, other_process):
    with (
        pytest.raises(WarehouseBusyError, match=f"process {other_process.pid}.*start again"),
        warehouse(settings),
    ):
        pass


def test_a_killed_process_leaves_the_warehouse_free(settings, other_process):
    other_process.kill()
    other_process.communicate()
    with warehouse(settings) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_connection_is_closed_after_an_error(settings):
    with pytest.raises(ZeroDivisionError), warehouse(settings) as connection:
        raise ZeroDivisionError
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("select 1")


def test_a_run_that_holds_the_warehouse_may_open_it_and_still_holds_it_after(settings):
    with warehouse_lock(settings):
        with warehouse(settings) as connection:
            connection.execute("create table t (a integer)")
        lock = settings.warehouse.with_suffix(".lock")
        assert lock.read_text() == str(os.getpid())
    assert lock.read_text() == ""
