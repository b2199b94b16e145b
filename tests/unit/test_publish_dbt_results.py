"""dbt's tests in ``meta.checks`` of the published file, and a failed one that stops publishing."""

import json
from datetime import datetime

import pytest

from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import open_published
from orchestration.warehouse.versions import PublishingError
from tests.build_file import make_build

GRAIN = "test.border.unique_grain_encounters.4f1"
LABELS = "test.border.new_labels.77a"
NEWEST = "unit_test.border.int_reigns_by_month.the_latest_coverage_wins"
MODEL = "model.border.encounters"


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path / "home")
    make_build(settings)
    return settings


def write_target(folder, **statuses):
    """A target folder as `dbt build` leaves it; ``statuses`` by the names above."""
    results = [
        {"unique_id": unique_id, "status": status, "failures": failures}
        for unique_id, (status, failures) in statuses.items()
    ]
    generated_at = "2026-11-24T10:00:00.123456Z"
    run_results = {"metadata": {"generated_at": generated_at}, "results": results}
    manifest = {
        "nodes": {
            GRAIN: {
                "name": "unique_grain_encounters",
                "config": {"severity": "ERROR"},
                "attached_node": MODEL,
                "description": "One row per grain.",
            },
            LABELS: {"name": "new_labels", "config": {"severity": "warn"}, "attached_node": None},
            MODEL: {"name": "encounters", "config": {}},
        },
        "unit_tests": {
            NEWEST: {
                "name": "the_latest_coverage_wins",
                "model": "int_reigns_by_month",
                "config": {},
            }
        },
    }
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    path = folder / "run_results.json"
    path.write_text(json.dumps(run_results))
    return path


def published_checks(settings):
    with open_published(settings) as connection:
        return connection.sql(
            "select rule, table_name, severity, passed, failing_count, reason, run_id, engine, "
            "checked_at from meta.checks order by rule"
        ).fetchall()


def test_each_dbt_test_that_ran_becomes_a_check(settings, tmp_path):
    target = write_target(
        tmp_path / "target",
        **{GRAIN: ("pass", 0), LABELS: ("warn", 3), NEWEST: ("pass", 0), MODEL: ("success", None)},
    )
    publish(settings, "live", "run-7", "accepted-1", run_results=target)
    when = datetime(2026, 11, 24, 10, 0, 0, 123456)
    assert published_checks(settings) == [
        ("new_labels", None, "warning", False, 3, None, "run-7", "dbt", when),
        (
            "the_latest_coverage_wins", "int_reigns_by_month", "critical", True, 0, None,
            "run-7", "dbt", when,
        ),
        (
            "unique_grain_encounters", "encounters", "critical", True, 0, "One row per grain.",
            "run-7", "dbt", when,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("node", [GRAIN, NEWEST, MODEL])
@pytest.mark.parametrize("status", ["fail", "error"])
def test_a_failed_test_or_model_stops_publishing_and_is_named(settings, tmp_path, node, status):
    publish(settings, "live", "run-1", "accepted-1")
    before = versions.about(settings)
    target = write_target(tmp_path / "target", **{LABELS: ("pass", 0), node: (status, 2)})
    with pytest.raises(PublishingError, match=node):
        publish(settings, "live", "run-2", "accepted-1", run_results=target)
    assert versions.about(settings) == before
    assert len(versions.list_versions(settings)) == 1


def test_a_test_that_was_skipped_is_no_check(settings, tmp_path):
    target = write_target(tmp_path / "target", **{GRAIN: ("skipped", None)})
    publish(settings, "live", "run-1", "accepted-1", run_results=target)
    assert published_checks(settings) == []


def test_half_a_results_file_is_named(settings, tmp_path):
    target = write_target(tmp_path / "target")
    target.write_text('{"results": [')
    with pytest.raises(PublishingError, match=r"run_results\.json: found"):
        publish(settings, "live", "run-1", "accepted-1", run_results=target)
