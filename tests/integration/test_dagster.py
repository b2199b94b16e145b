"""The Dagster side of a home: runs by month and agency, and what its web server shows."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest

from orchestration.acquire.archive import Archive
from orchestration.automation import RANGE_END, RANGE_START
from orchestration.definitions import defs
from orchestration.mirror.source import Source
from orchestration.series.catalog import SERIES
from orchestration.settings import PROJECT_ROOT, Settings
from tests.integration.sample_folder import copy_home, facts_of_last_run, instance_of

RAW_ONLY = [dg.AssetKey([layer, name]) for name in SERIES for layer in ("publications", "raw")]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """A home that a test points this process at is forgotten after it."""
    for name in ("BORDER_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")


def months_in_urls(home) -> dict[str, set[date | None]]:
    """By series, the publication months that the archived vintages' own URLs tell."""
    archive = Archive(Settings(home=home).archive)
    return {
        name: {
            series.publication_month(urlsplit(it.published_url or "").path)
            for it in archive.vintages(series)
        }
        for name, series in SERIES.items()
    }


def test_a_run_over_two_past_months_takes_the_publications_of_these_months_only(tmp_path):
    home = tmp_path / "home"
    Source("sample").remember(Settings(home=home))
    with instance_of(home) as instance:
        run = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance,
            tags={RANGE_START: "2020-12-01", RANGE_END: "2021-01-01"},
            asset_selection=RAW_ONLY,  # all but building and publishing
        )
        assert run.success
        materialized = instance.get_materialized_partitions(dg.AssetKey(["raw", NATIONWIDE]))
    assert materialized == {"2020-12-01", "2021-01-01"}
    months = months_in_urls(home)
    for name in (NATIONWIDE, "cbp_nationwide_encounters_aor", "cbp_southwest_encounters"):
        assert months[name] == {date(2020, 12, 1), date(2021, 1, 1)}, name
    assert months["ohss_monthly_tables"] == set(), "all of its months are others"
    assert months["ice_detention_statistics"] <= {None}, "asked for, as its links tell no month"
    facts = facts_of_last_run(home, "publications")
    assert facts[NATIONWIDE]["new"] == facts[NATIONWIDE]["found"] == 2


NATIONWIDE = "cbp_nationwide_encounters_state"

WHAT_IS_THERE = """{
  repositoriesOrError { ... on RepositoryConnection { nodes {
    assetNodes { assetKey { path } groupName owners { ... on TeamAssetOwner { team } } }
    jobs { name } schedules { name }
  } } }
  runsOrError(limit: 5) { ... on Runs { results { jobName status stats {
    ... on RunStatsSnapshot { materializations }
  } } } }
  assetNodes(assetKeys: [
    {path: ["marts", "border_monthly"]}, {path: ["raw", "cbp_southwest_encounters"]}
  ]) {
    assetKey { path }
    assetMaterializations(limit: 1) {
      metadataEntries { label ... on IntMetadataEntry { intValue } }
    }
  }
}"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask(port: int, query: str, patience_seconds: float) -> dict:
    """Ask until the server answers."""
    question = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    give_up = time.monotonic() + patience_seconds
    while True:
        try:
            with urllib.request.urlopen(question, timeout=60) as answer:
                return json.load(answer)["data"]
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < give_up, "the web server did not answer"
            time.sleep(0.2)


@pytest.fixture
def port(sample_home, tmp_path):
    """The port of a web server on a copy of the sample's home, as `border ui` starts it."""
    home, port = copy_home(sample_home, tmp_path / "home"), free_port()
    log = (tmp_path / "webserver.log").open("w")
    server = subprocess.Popen(
        [Path(sys.executable).with_name("dagster-webserver"), "-w", "workspace.yaml",
         "-h", "127.0.0.1", "-p", str(port)],
        cwd=PROJECT_ROOT,
        env=os.environ | {"BORDER_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )  # fmt: skip
    yield port
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:  # it ignores SIGTERM where its parent ignored SIGINT
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    log.close()


def test_the_web_server_shows_assets_jobs_schedules_and_the_runs_of_the_command(port):
    seen = ask(port, WHAT_IS_THERE, patience_seconds=120)
    (repository,) = seen["repositoriesOrError"]["nodes"]
    keys = {"/".join(node["assetKey"]["path"]) for node in repository["assetNodes"]}
    assert {f"{layer}/{name}" for layer in ("publications", "raw") for name in SERIES} < keys
    assert {"published", "marts/border_monthly", "ledger/vintages"} < keys
    assert all(node["owners"] == [{"team": "warehouse"}] for node in repository["assetNodes"])
    assert {"refresh", "rebuild", "refresh_cbp", "refresh_ice", "refresh_ohss"} <= {
        job["name"] for job in repository["jobs"]
    }
    assert {schedule["name"] for schedule in repository["schedules"]} == {
        "cbp_publications", "ice_publications", "ohss_publications",
    }  # fmt: skip
    (run,) = seen["runsOrError"]["results"]
    assert (run["jobName"], run["status"]) == ("refresh", "SUCCESS")
    assert run["stats"]["materializations"] > 2 * len(SERIES)
    for node in seen["assetNodes"]:
        (last,) = node["assetMaterializations"]
        rows = {it["label"]: it.get("intValue") for it in last["metadataEntries"]}
        assert rows["dagster/row_count"] > 0, node["assetKey"]
