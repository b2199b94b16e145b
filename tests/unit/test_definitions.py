"""The Dagster code location: its assets, checks, jobs and schedules, and how it loads."""

import os
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets import manifest
from orchestration.automation import months_between
from orchestration.definitions import defs
from orchestration.mirror.source import Source
from orchestration.partitions import EVERY_MONTH, MONTHS, TICK
from orchestration.series.catalog import SERIES
from orchestration.settings import PROJECT_ROOT, Settings

GRAPH = Path(__file__).parents[1] / "golden" / "asset_graph.txt"
NOT_FROZEN = [series for series in SERIES.values() if not series.frozen]


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


# --- what there is ---------------------------------------------------------------------------


def as_text(graph) -> str:
    """Every asset on a few lines, so that a change of the graph is a difference to review."""
    checks: dict[dg.AssetKey, list[str]] = {}
    for check in graph.asset_check_keys:
        checks.setdefault(check.asset_key, []).append(check.name)
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        kind = "external" if node.is_external else "asset"
        lines.append(f"{kind} {key.to_user_string()}")
        lines.append(f"  group {node.group_name}, kinds {', '.join(sorted(node.kinds))}, "
                     f"owners {', '.join(node.owners)}")  # fmt: skip
        if node.partitions_def:
            is_single = node.backfill_policy == dg.BackfillPolicy.single_run()
            lines.append(f"  partitions monthly, backfill {'in one run' if is_single else '?'}")
        window = getattr(node.freshness_policy, "fail_window", None)
        if window:
            lines.append(f"  fresh for {window.to_timedelta().days} days")
        lines += [f"  from {it}" for it in sorted(k.to_user_string() for k in node.parent_keys)]
        lines += [f"  check {name}" for name in sorted(checks.get(key, []))]
    return "\n".join(lines) + "\n"


def test_the_asset_graph_is_the_reviewed_one(graph):
    found = as_text(graph)
    if os.environ.get("BORDER_WRITE_GOLDEN"):
        GRAPH.write_text(found)
    assert found == GRAPH.read_text(), (
        f"the asset graph is another than {GRAPH.name} says: review the difference, then set "
        "BORDER_WRITE_GOLDEN=1 to write it anew"
    )


def test_every_asset_says_what_it_is_who_answers_for_it_and_where_it_belongs(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners == ["team:warehouse"], key
        assert node.group_name != "default", key
        assert node.kinds, key


def test_every_mart_and_raw_asset_declares_its_columns(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.group_name in {"marts", "meta"} or key.path[0] == "raw":
            schema = node.metadata["dagster/column_schema"]
            assert schema.columns, key
            if node.group_name == "marts":
                assert all(column.description for column in schema.columns), key


def test_lineage_goes_from_the_landing_page_to_the_published_version_without_a_gap(graph):
    for name in SERIES:
        raw = graph.get(dg.AssetKey(["raw", name]))
        assert raw.parent_keys == {dg.AssetKey(["publications", name])}
        assert any(key.path[0] == "staging" for key in raw.child_keys), name
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.group_name == "staging":
            assert node.parent_keys, key
        if node.group_name in {"marts", "meta"}:
            assert dg.AssetKey("published") in node.child_keys, key


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_a_series_is_overdue_after_its_own_silence_unless_frozen(graph, series):
    for layer in ("publications", "raw"):
        node = graph.get(dg.AssetKey([layer, series.name]))
        if series.frozen:
            assert node.freshness_policy is None
            assert node.partitions_def is None
        else:
            window = node.freshness_policy.fail_window.to_timedelta()
            assert window == timedelta(days=series.late_after_days)
            assert node.partitions_def == MONTHS


def test_the_current_month_is_a_partition_before_it_is_over():
    assert MONTHS.get_partition_keys()[-1] == f"{datetime.now():%Y-%m}-01"


# --- jobs and schedules ----------------------------------------------------------------------


def selected(job) -> set[str]:
    return {
        key.to_user_string() for key in defs.resolve_job_def(job).asset_layer.selected_asset_keys
    }


def test_there_is_a_job_for_everything_one_for_each_agency_and_one_without_network():
    assert {job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")} == {
        "refresh", "rebuild", "refresh_cbp", "refresh_ice", "refresh_ohss",
    }  # fmt: skip
    everything = selected("refresh")
    assert {f"publications/{name}" for name in SERIES} < everything
    assert selected("rebuild") == {it for it in everything if not it.startswith("publications/")}
    ice = selected("refresh_ice")
    others = {f"publications/{name}" for name in SERIES if name != "ice_detention_statistics"}
    assert ice == everything - others, "what is archived of the others is loaded all the same"


@pytest.fixture
def tick(tmp_path, monkeypatch):
    """Evaluates the schedule of an agency in a home; what comes of it."""
    for name in ("DAGSTER_HOME", "BORDER_MIRROR_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("BORDER_HOME", str(tmp_path))
    with dg.instance_for_test() as instance:

        def evaluated(agency, mode=None, instance=instance):
            if mode:
                Source(mode).remember(Settings())
            schedule = defs.resolve_schedule_def(f"{agency}_publications")
            when = datetime(2026, 11, 20, 22, 30)
            context = dg.build_schedule_context(instance=instance, scheduled_execution_time=when)
            return schedule.evaluate_tick(context)

        evaluated.instance = instance
        yield evaluated


@pytest.mark.parametrize("agency", ["cbp", "ice", "ohss"])
@pytest.mark.parametrize("mode", ["live", "sample"])
def test_a_tick_is_one_run_over_two_publication_months_and_what_is_not_held(tick, agency, mode):
    schedule = defs.resolve_schedule_def(f"{agency}_publications")
    assert schedule.job_name == f"refresh_{agency}"
    assert schedule.execution_timezone == "America/New_York"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    (request,) = tick(agency, mode).run_requests
    current = MONTHS.get_partition_keys()[-1]
    assert request.tags["dagster/asset_partition_range_start"] == current
    assert request.tags["dagster/asset_partition_range_end"] == current
    assert TICK in request.tags
    assert EVERY_MONTH not in request.tags


def test_a_tick_in_a_home_without_a_source_asks_nobody_and_says_why(tick):
    skipped = tick("ice")
    assert skipped.run_requests == []
    assert "border run --source live" in skipped.skip_message


def test_a_tick_is_skipped_while_a_run_of_the_job_waits_for_its_turn(tick, monkeypatch):
    waiting = tick.instance.create_run_for_job(defs.resolve_job_def("refresh_ice"))

    def queued(_, filters, limit):  # only a daemon can put a run into the queue
        assert filters.statuses == [dg.DagsterRunStatus.QUEUED]
        return [waiting] if filters.job_name == waiting.job_name else []

    monkeypatch.setattr(dg.DagsterInstance, "get_runs", queued)
    skipped = tick("ice", "live")
    assert skipped.run_requests == []
    assert waiting.run_id in skipped.skip_message
    assert tick("cbp").run_requests


def test_a_range_of_months_is_one_run(tmp_path):
    tags = months_between(date(2020, 12, 5), date(2021, 2, 1))
    assert set(tags.values()) == {"2020-12-01", "2021-02-01"}
    for wrong in [(date(2021, 2, 1), date(2020, 12, 1)), (date(2010, 1, 1), date(2020, 12, 1))]:
        with pytest.raises(ValueError, match="expected a range within 2018-10 to"):
            months_between(*wrong)


def test_a_schedule_can_be_set_and_a_wrong_one_is_named(monkeypatch):
    monkeypatch.setenv("BORDER_ICE_CRON", "15 6 * * *")
    assert Settings().ice_cron == "15 6 * * *"
    monkeypatch.setenv("BORDER_ICE_CRON", "daily")
    with pytest.raises(ValueError, match="BORDER_ICE_CRON: found 'daily'; expected five fields"):
        Settings()


def test_a_backfill_is_one_run():
    for series in NOT_FROZEN:
        for layer in ("publications", "raw"):
            asset = defs.resolve_assets_def(dg.AssetKey([layer, series.name]))
            assert asset.backfill_policy == dg.BackfillPolicy.single_run()


# --- loading ---------------------------------------------------------------------------------


def test_a_fresh_checkout_loads_without_a_manifest_and_leaves_no_home_behind(tmp_path):
    checkout, home = tmp_path / "checkout", tmp_path / "home"
    for part in ("orchestration", "expectations", "dbt_project"):
        shutil.copytree(
            PROJECT_ROOT / part,
            checkout / part,
            ignore=shutil.ignore_patterns("target", "logs", "__pycache__"),
        )
    loaded = subprocess.run(
        [sys.executable, "-c", "import orchestration.definitions as it; print(it.__file__)"],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout), "BORDER_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.startswith(str(checkout))
    assert (checkout / "dbt_project" / "target" / "manifest.json").is_file()
    assert not home.exists()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A dbt project of its own, without a manifest, and how often it was parsed."""
    folder = tmp_path / "dbt_project"
    folder.mkdir()
    (folder / "model.sql").write_text("select 1")
    monkeypatch.setattr(manifest, "DBT_PROJECT", folder)
    monkeypatch.setattr(manifest, "MANIFEST", folder / "target" / "manifest.json")
    parsed = []

    def parse():
        parsed.append(1)
        manifest.MANIFEST.write_text("{}")

    monkeypatch.setattr(manifest, "_parse", parse)
    return folder, parsed


def test_definitions_load_without_the_libraries_of_the_loader_and_of_dbt():
    big = {"pandas", "pyarrow", "numpy", "great_expectations", "dbt.adapters", "apprise"}
    program = f"import sys, orchestration.definitions; print(*({big} & sys.modules.keys()))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


def test_the_manifest_is_parsed_once_for_each_state_of_the_project(project):
    folder, parsed = project
    for _ in range(3):
        assert manifest.prepare_manifest().is_file()
    assert len(parsed) == 1, "a missing manifest is written, and found from then on"
    (folder / "model.sql").write_text("select 2")
    manifest.prepare_manifest()
    manifest.prepare_manifest()
    assert len(parsed) == 2, "a change is parsed"


def test_a_project_that_dbt_cannot_parse_is_named_with_what_dbt_says(tmp_path, monkeypatch):
    folder = tmp_path / "dbt_project"
    (folder / "models").mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(manifest.DBT_PROJECT / name, folder)
    (folder / "models" / "broken.sql").write_text("select {{ ref('not_there') }}")
    monkeypatch.setattr(manifest, "DBT_PROJECT", folder)
    monkeypatch.setattr(manifest, "MANIFEST", folder / "target" / "manifest.json")
    with pytest.raises(RuntimeError, match="not_there") as refused:
        manifest.prepare_manifest()
    assert str(folder) in str(refused.value)
