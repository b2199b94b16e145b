"""`border ui` and nobody at it: the schedules take what an agency posts, and nothing twice.

The tests follow each other in one home, which the first of them fills.
"""

import socket
from pathlib import Path

import dagster as dg
import pytest

from orchestration.automation import RANGE_END, RANGE_START
from orchestration.warehouse.query import run_query
from tests.fault.agencies import ICE, ice_url
from tests.integration.test_dagster import ask
from tests.unit import ice_workbook_writer as ice

pytestmark = pytest.mark.timeout(900)

NEWER = "FY21_detention-stats.xlsx"
BY_SCHEDULE = {"dagster/schedule_name": "ice_publications"}
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def newer_workbook() -> bytes:
    """ICE's workbook a month later: CBP arrested 5 more of those booked in in November."""
    book_ins = ice.book_ins()
    book_ins[2][1:3], book_ins[2][-1] = [30, 55], 85
    book_ins[3][1:3], book_ins[3][-1] = [10, 25], 35
    return ice.publication(
        name=NEWER, book_ins=book_ins, footnote_rows=ice.footnotes("12/12/2020")
    ).content


def book_ins_of_november(unattended) -> list[tuple]:
    return run_query(
        unattended.settings,
        "select arresting_agency, book_in_count from marts.book_ins "
        "where reference_month = '2020-11-01' order by all",
    ).rows


def last_build(unattended) -> int:
    return (unattended.settings.home / "dbt" / "run_results.json").stat().st_mtime_ns


def test_what_an_agency_posts_is_published_without_a_hand_on_it_and_the_same_again_is_not(
    unattended,
):
    first = unattended.wait_for("first version", unattended.versions)
    assert [it.source_mode for it in first] == ["folder"], "what a mirror serves is not live"

    unattended.agencies.post(ICE, ice_url(NEWER), newer_workbook(), "2020-12-18")
    second, before = unattended.wait_for(
        "second version", lambda: len(found := unattended.versions()) == 2 and found
    )
    assert before.version == first[0].version
    assert ("CBP", 25) in book_ins_of_november(unattended)
    assert unattended.mirror.answered.count((f"/www.ice.gov/doclib/detention/{NEWER}", 200)) == 1

    built, answers = last_build(unattended), len(unattended.mirror.answered)
    known = {it.dagster_run.run_id for it in unattended.runs()}
    unattended.agencies.post_again(NEWER)
    again = unattended.wait_for(
        "next run",
        lambda: [it for it in unattended.runs(*ENDED) if it.dagster_run.run_id not in known],
    )[0]

    assert again.dagster_run.status == dg.DagsterRunStatus.SUCCESS
    of_workbooks = [
        (path.rpartition("/")[2], status)
        for path, status in unattended.mirror.answered[answers:]
        if path.endswith(".xlsx")
    ]
    assert set(of_workbooks) == {(NEWER, 304)}, "nothing was downloaded, no old month asked for"
    assert [it.version for it in unattended.versions()] == [second.version, before.version]
    assert last_build(unattended) == built, "nothing was built"
    runs = unattended.runs(*ENDED)
    assert {it.dagster_run.status for it in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert all(BY_SCHEDULE.items() <= it.dagster_run.tags.items() for it in runs)
    seconds = again.end_time - again.start_time
    assert seconds < 60, f"a run with nothing new took {seconds:.0f} s"


def listening_addresses(processes: list[int]) -> set[str]:
    """Addresses (hexadecimal, as the kernel has them) at which these processes wait for calls."""
    inodes = set()
    for process in processes:
        for handle in Path(f"/proc/{process}/fd").iterdir():
            try:
                target = str(handle.readlink())
            except OSError:
                continue
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_all_that_is_started_listens_on_this_machine_only(unattended):
    listening = unattended.wait_for(
        "listening web server",
        lambda: listening_addresses(unattended.processes()),
    )
    assert f"0100007F:{unattended.port:04X}" in listening
    assert {it.partition(":")[0] for it in listening} == {"0100007F"}, "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", unattended.port), timeout=5)


BACKFILL = """mutation {{ launchPartitionBackfill(backfillParams: {{
  assetSelection: [{{path: ["publications", "{series}"]}}, {{path: ["raw", "{series}"]}}]
  partitionNames: ["2020-10-01", "2020-11-01", "2020-12-01"]
}}) {{ __typename
  ... on LaunchBackfillSuccess {{ backfillId }} ... on PythonError {{ message }}
}} }}
"""


def test_a_backfill_of_three_months_from_the_ui_is_one_run(unattended):
    answer = ask(unattended.port, BACKFILL.format(series=ICE.name), patience_seconds=60)
    backfill = answer["launchPartitionBackfill"]
    assert backfill["__typename"] == "LaunchBackfillSuccess", backfill
    mine = {"dagster/backfill": backfill["backfillId"]}
    unattended.wait_for("ended run of the backfill", lambda: unattended.runs(*ENDED, **mine))
    (run,) = [it.dagster_run for it in unattended.runs(**mine)]
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert (run.tags[RANGE_START], run.tags[RANGE_END]) == ("2020-10-01", "2020-12-01")
    with dg.DagsterInstance.from_config(str(unattended.settings.dagster_home)) as instance:
        of_series = instance.get_materialized_partitions(dg.AssetKey(["raw", ICE.name]))
    assert {"2020-10-01", "2020-11-01", "2020-12-01"} <= of_series
