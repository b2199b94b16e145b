"""What a whole run leaves for those who watch it: events, stages on record, numbers to plot."""

from collections import Counter

import dagster as dg
import duckdb
import pytest

from orchestration.log import logged_events
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.home_status import status_document
from tests.integration.sample_folder import copy_home, instance_of

STAGES = {
    *(f"acquire {name}" for name in SERIES),
    *(f"load and judge {name}" for name in SERIES),
    "build",
    "publish",
}


@pytest.fixture(scope="module")
def events(sample_home):
    return list(logged_events(Settings(home=sample_home)))


def test_a_run_is_told_from_its_start_to_its_exit_code(events, sample_home):
    first, last = events[0], events[-1]
    assert (first["event"], first["job"], first["source_mode"]) == (
        "run started", "refresh", "sample",
    )  # fmt: skip
    assert (last["event"], last["exit"], last["is_new_version"]) == ("command ended", 0, True)
    assert {it["run_id"] for it in events} == {first["run_id"]}
    counted = Counter(it["event"] for it in events)
    assert counted["publication fetched"] == counted["vintage archived"] == 33
    assert counted["vintage accepted"] == 33
    assert counted["build ended"] == counted["version published"] == counted["run ended"] == 1
    of_series = {"publication fetched", "vintage archived", "vintage accepted"}
    assert all(it["series"] in SERIES for it in events if it["event"] in of_series)
    archived = {it["vintage"] for it in events if it["event"] == "vintage archived"}
    assert archived == {it["vintage"] for it in events if it["event"] == "vintage accepted"}


def test_each_stage_is_told_with_its_seconds_rows_and_bytes(events, sample_home):
    stages = {it["stage"]: it for it in events if it["event"] == "stage ended"}
    assert stages.keys() == STAGES
    assert all(it["seconds"] > 0 and it["status"] == "success" for it in stages.values())
    with duckdb.connect(str(sample_home / "warehouse.duckdb"), read_only=True) as connection:
        recorded = connection.execute(
            "select stage, rows, bytes, status, seconds > 0 from ledger.runs"
        ).fetchall()
    assert sorted(recorded) == sorted(
        (stage, it["rows"], it["bytes"], "success", True) for stage, it in stages.items()
    )
    for name in SERIES:
        assert stages[f"load and judge {name}"]["rows"] > 0
        taken = stages[f"acquire {name}"]["bytes"]
        assert taken == stages[f"load and judge {name}"]["bytes"] > 0
    assert status_document(Settings(home=sample_home))["last_run"]["stages"] == {
        stage: it["seconds"] for stage, it in stages.items()
    }


PLOTTED = {
    "publications": {"seconds", "bytes"},
    "raw": {"seconds", "bytes", "rows_loaded", "dagster/row_count"},
    "published": {"seconds", "bytes", "dagster/row_count"},
    "marts": {"seconds", "dagster/row_count"},
    "meta": {"seconds", "dagster/row_count"},
    "seeds": {"seconds", "dagster/row_count"},
    "staging": {"seconds"},  # views
}


def test_each_materialisation_carries_numbers_that_the_ui_plots(sample_home, tmp_path):
    seen = Counter()
    with instance_of(copy_home(sample_home, tmp_path / "home")) as instance:
        run = instance.get_runs(limit=1)[0]
        for event in instance.all_logs(
            run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
        ):
            made = event.asset_materialization
            layer = made.asset_key.path[0]
            if not made.metadata:
                continue
            numbers = {
                name
                for name, it in made.metadata.items()
                if isinstance(it, dg.IntMetadataValue | dg.FloatMetadataValue)
            }
            assert PLOTTED.get(layer, set()) <= numbers, made.asset_key
            seen[layer] += 1
    assert seen.keys() >= PLOTTED.keys()
    assert seen["publications"] == seen["raw"] == len(SERIES)
