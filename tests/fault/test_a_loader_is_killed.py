"""SIGKILL of the process that loads for a run, and of the run that it loads for."""

import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from orchestration.loading import Loader, LoadingError
from orchestration.settings import PROJECT_ROOT
from orchestration.warehouse.connection import warehouse, warehouse_lock
from tests.fault.agencies import GOOD_FIGURES, STATE, state_file, state_url

#: A run that loads CBP's file by state, says which process does, and is killed while it loads.
RUN = """
import os, signal, sys, threading, time
from multiprocessing import active_children
from pathlib import Path
from orchestration.loading import Loader
from orchestration.settings import Settings
from tests.fault.agencies import STATE

if __name__ == "__main__":
    loader = Loader()
    def tell():
        while not active_children():
            time.sleep(0.01)
        print(active_children()[0].pid, flush=True)
        time.sleep(float(sys.argv[2]))
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Thread(target=tell).start()
    loader.load(Settings(home=Path(sys.argv[1])), STATE, "run")
    time.sleep(60)
"""


def kill_the_loader():
    while not multiprocessing.active_children():
        time.sleep(0.01)
    multiprocessing.active_children()[0].kill()


@pytest.fixture
def newer(agencies):
    """The sha256 of a newer file by state: archived, not loaded."""
    posted = agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    assert agencies.acquire(STATE).errors == []
    return posted


def test_a_loader_loads_and_says_what_it_did(agencies, newer):
    with closing(Loader()) as loader, warehouse_lock(agencies.settings):
        loaded, damaged = loader.load(agencies.settings, STATE, "another run")
        again, _ = loader.load(agencies.settings, STATE, "one more")
    assert [(it.vintage_id, it.status) for it in loaded.vintages] == [(newer, "accepted")]
    assert (again.vintages, again.skipped, damaged) == ([], 2, [])
    assert loaded.checks == again.checks
    assert agencies.figures() == GOOD_FIGURES | {"2024-02": 120.0}
    assert not multiprocessing.active_children()


@pytest.mark.fault(
    "SIGKILL of the process that loads for a run, as where memory is short",
    "the series fails, nothing of the load stays; the next run loads it",
    "the series, that its process ended before it was done, and to run again",
)
def test_a_killed_loader_costs_its_series_and_the_next_load_begins_another(agencies, newer):
    with closing(Loader()) as loader:
        killing = threading.Thread(target=kill_the_loader)
        killing.start()
        with pytest.raises(LoadingError, match=f"{STATE.name}: .* ended before .* run again"):
            loader.load(agencies.settings, STATE, "run")
        killing.join()
        assert agencies.figures() == GOOD_FIGURES
        loaded, _ = loader.load(agencies.settings, STATE, "run")
    assert [it.vintage_id for it in loaded.vintages] == [newer]
    assert agencies.figures() == GOOD_FIGURES | {"2024-02": 120.0}


def test_a_loader_that_is_killed_before_it_loads_costs_nothing(agencies, newer):
    with closing(Loader()) as loader, warehouse_lock(agencies.settings):
        loader.get_ready()
        kill_the_loader()
        while multiprocessing.active_children():
            time.sleep(0.01)
        loader.get_ready()
        loaded, _ = loader.load(agencies.settings, STATE, "run")
    assert [it.vintage_id for it in loaded.vintages] == [newer]


@pytest.mark.fault(
    "SIGKILL of a run while its loader is at work",
    "the loader ends at once and leaves the warehouse free; the next run loads what is missing",
)
@pytest.mark.parametrize("seconds", [0.0, 1.0, 2.0])
def test_a_loader_ends_with_its_run(agencies, newer, seconds):
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(agencies.settings.home), str(seconds)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(run.stdout.readline())
    assert run.wait(timeout=60) == -signal.SIGKILL
    ends_by = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends_by:
        time.sleep(0.01)
    assert not Path(f"/proc/{child}").exists()
    with warehouse(agencies.settings):
        pass
    agencies.load(STATE)
    assert newer in agencies.held()
    assert agencies.figures() == GOOD_FIGURES | {"2024-02": 120.0}


def test_an_error_of_a_load_comes_back_in_words_and_with_its_trace(agencies, newer):
    file = agencies.settings.archive / newer[:2] / newer
    file.unlink()
    file.mkdir()
    with closing(Loader()) as loader, pytest.raises(LoadingError, match=str(file)) as failed:
        loader.load(agencies.settings, STATE, "run")
    assert "IsADirectoryError" in str(failed.value)
    assert "load_archived" in failed.value.trace
