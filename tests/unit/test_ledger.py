"""The ledger: when a vintage was known, which repeats which, what the marts depend on."""

from datetime import date, datetime

import duckdb
import pytest

from expectations.rule import CheckResult
from orchestration.warehouse import ledger
from tests.unit.fake_series import sidecar


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        ledger.create_ledger(opened)
        yield opened


def a_vintage(vintage_id, content="c", known_on=date(2021, 3, 1), status="accepted"):
    return {
        "vintage_id": vintage_id,
        "series": "fake",
        "agency": "CBP",
        "published_name": "n",
        "known_on": known_on,
        "known_on_basis": "captured",
        "content_sha256": content,
        "status": status,
        "loaded_at": datetime(2026, 1, 1),
        "loaded_with": "code",
    }


def a_table(vintage_id, status="accepted", end=date(2021, 2, 28)):
    return {
        "vintage_id": vintage_id,
        "series": "fake",
        "table_name": "arrivals",
        "status": status,
        "coverage_end": end,
        "rows": 1,
    }


def record(connection, *vintages, tables=()):
    ledger.insert_rows(connection, "ledger.vintages", vintages)
    ledger.insert_rows(
        connection, "ledger.vintage_tables", tables or [a_table(v["vintage_id"]) for v in vintages]
    )
    ledger.mark_same_content(connection, "fake")


def seen(vintage_id, march, **more):
    """A sighting of known bytes on a day of March 2021."""
    day = f"2021-03-{march:02}T00:00:00+00:00"
    return sidecar(vintage_id, captured_at=day, seen_at=day) | more


def copies(connection):
    return dict(
        connection.execute("select vintage_id, same_content_as from ledger.vintages").fetchall()
    )


def known(coverage_end=date(2021, 1, 31), lag=20, **more):
    return ledger.known_on(sidecar("v", captured_at=None) | more, coverage_end, lag)


def test_a_captured_vintage_is_known_from_the_day_of_capture():
    assert known(captured_at="2021-02-11T23:00:00+00:00", captured_precision="second") == (
        date(2021, 2, 11),
        "captured",
    )


def test_where_only_the_month_of_capture_is_known_its_last_day_counts():
    assert known(captured_at="2026-09-01", captured_precision="month", fetched_at="2026-11-24") == (
        date(2026, 9, 30),
        "captured",
    )


@pytest.mark.parametrize(
    ("name", "coverage_end", "posted"),
    [
        ("FY24_detentionStats11152023.xlsx", date(2023, 11, 10), date(2023, 11, 15)),
        ("FY21_detentionStats210503.xlsx", date(2021, 4, 28), date(2021, 5, 3)),
        ("FY20_detentionStats060921.xlsx", date(2021, 6, 5), date(2021, 6, 9)),
        ("FY26_detentionStats_04092026.xlsx", date(2026, 4, 4), date(2026, 4, 9)),
        ("FY22_detentionStats03172022b.xlsx", date(2022, 3, 12), date(2022, 3, 17)),
        ("24-0809_ohss_tables-april-2024.xlsx", date(2024, 4, 30), date(2024, 8, 9)),
        ("2024_1206_ohss_tables-august-2024.xlsx", date(2024, 8, 31), date(2024, 12, 6)),
    ],
)
def test_a_full_date_in_the_name_is_read_in_each_of_the_agencies_forms(name, coverage_end, posted):
    assert known(coverage_end, published_name=name) == (posted, "name_or_url")


@pytest.mark.parametrize(
    "name",
    [
        "FY21_detentionstats07222020.xlsx",  # half a year before what it covers
        "FY21_detention-stats_0301.xlsx",  # no year
        "FY21-detentionstats.xlsx",
    ],
)
def test_a_name_without_a_date_that_can_be_true_falls_back_to_the_usual_lag(name):
    assert known(date(2021, 1, 31), published_name=name) == (date(2021, 2, 20), "estimated")


@pytest.mark.parametrize(
    ("url", "posted"),
    [
        ("https://www.cbp.gov/sites/default/files/assets/documents/2023-Nov/n.csv", (2023, 11, 30)),
        ("https://www.cbp.gov/sites/default/files/2024-02/n.csv", (2024, 2, 29)),
    ],
)
def test_a_folder_month_counts_with_its_last_day(url, posted):
    assert known(date(2023, 9, 30), published_url=url) == (date(*posted), "folder_month")


def test_no_vintage_is_known_after_we_fetched_it():
    url = "https://www.cbp.gov/sites/default/files/2026-09/n.csv"
    fetched = "2026-09-06T12:00:00+00:00"
    assert known(date(2026, 8, 31), published_url=url, fetched_at=fetched)[0] == date(2026, 9, 6)


def test_no_vintage_is_known_before_a_date_inside_it():
    assert known(date(2021, 2, 28), captured_at="2021-02-27")[0] == date(2021, 2, 28)
    sidecar_of_february = sidecar("v", captured_at="2021-02-27")
    assert ledger.known_on(sidecar_of_february, date(2021, 2, 20), 14, date(2021, 3, 2)) == (
        date(2021, 3, 2),
        "captured",
    )


ESTIMATE = {"known_on_basis": "estimated", "fetched_at": datetime(2026, 1, 1)}


def estimates(connection, *vintages, lag=14):
    """What becomes of the estimates; a vintage is (id, coverage end, known on, more fields)."""
    rows = [
        a_vintage(name, content=name, known_on=known_on) | {"coverage_end": end} | more
        for name, end, known_on, more in vintages
    ]
    record(
        connection, *rows, tables=[a_table(r["vintage_id"], end=r["coverage_end"]) for r in rows]
    )
    ledger.order_estimates(connection, "fake", lag)
    return dict(
        connection.execute(
            "select vintage_id, known_on from ledger.vintages where known_on_basis = 'estimated'"
        ).fetchall()
    )


def test_an_estimate_is_not_after_the_day_on_which_a_later_coverage_was_known(connection):
    later = ("later", date(2021, 1, 23), date(2021, 1, 30), {})
    undated = ("undated", date(2021, 1, 20), date(2021, 2, 3), ESTIMATE)
    assert estimates(connection, later, undated) == {"undated": date(2021, 1, 30)}


def test_an_estimate_is_not_before_the_day_on_which_an_earlier_coverage_was_known(connection):
    earlier = ("earlier", date(2023, 9, 30), date(2023, 11, 30), {})
    undated = ("undated", date(2023, 10, 31), date(2023, 11, 14), ESTIMATE)
    assert estimates(connection, earlier, undated) == {"undated": date(2023, 11, 30)}


def test_a_file_posted_again_out_of_order_holds_back_no_estimate(connection):
    again = ("again", date(2020, 6, 20), date(2021, 6, 10), {})
    undated = ("undated", date(2020, 9, 30), date(2020, 10, 14), ESTIMATE)
    next_year = ("next year", date(2021, 1, 2), date(2021, 1, 13), {})
    assert estimates(connection, again, undated, next_year) == {"undated": date(2020, 10, 14)}


def test_estimates_follow_the_order_of_coverage_among_themselves_however_often_made(connection):
    first = ("first", date(2021, 1, 31), date(2021, 2, 14), ESTIMATE)
    second = ("second", date(2021, 2, 28), date(2021, 3, 14), ESTIMATE)
    found = estimates(connection, second, first)
    assert found == {"first": date(2021, 2, 14), "second": date(2021, 3, 14)}
    assert estimates(connection) == found


def test_among_equal_contents_the_one_known_first_stands_for_all_in_any_order_of_arrival(
    connection,
):
    record(connection, a_vintage("b", known_on=date(2021, 3, 5)))
    record(connection, a_vintage("c", known_on=date(2021, 3, 9)), a_vintage("other", content="x"))
    assert copies(connection) == {"b": None, "c": "b", "other": None}
    record(connection, a_vintage("a", known_on=date(2021, 3, 1)))
    assert copies(connection) == {"a": None, "b": "a", "c": "a", "other": None}


MARCH = [date(2021, 3, day) for day in range(1, 32)]


def in_order_of_choice(connection):
    """The vintages as they counted one after the other; the last one gives the figures now."""
    found = connection.execute(
        "select vintage_id from ledger.postings order by coverage_end, known_on, vintage_id desc"
    ).fetchall()
    return [vintage_id for (vintage_id,) in found]


def test_content_that_an_agency_takes_back_to_counts_again(connection):
    record(connection, a_vintage("a", known_on=MARCH[0]))
    record(connection, a_vintage("other", content="x", known_on=MARCH[4]))
    before = ledger.ledger_fingerprint(connection)
    record(connection, a_vintage("again", known_on=MARCH[7]))
    record(connection, a_vintage("and again", known_on=MARCH[8]))
    assert copies(connection) == {"a": None, "other": None, "again": None, "and again": "again"}
    assert in_order_of_choice(connection) == ["a", "other", "again"]
    assert ledger.ledger_fingerprint(connection) != before


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("quarantined", date(2021, 2, 28)),
        ("accepted", date(2021, 2, 20)),  # never counted
        ("accepted", date(2021, 3, 4)),  # still counts
    ],
)
def test_a_repeat_is_news_only_where_other_content_had_taken_over_and_it_takes_over_in_turn(
    connection, status, end
):
    other = a_vintage("other", content="x", known_on=MARCH[4], status=status)
    record(connection, a_vintage("a", known_on=MARCH[0]))
    record(connection, other, tables=[a_table("other", status, end)])
    record(connection, a_vintage("again", known_on=MARCH[7]))
    assert copies(connection) == {"a": None, "other": None, "again": "a"}


def test_the_same_bytes_posted_again_count_from_that_day_on_where_others_stood_between(connection):
    record(connection, a_vintage("a", known_on=MARCH[0]))
    record(connection, a_vintage("b", content="x", known_on=MARCH[4]))
    before = ledger.ledger_fingerprint(connection)
    for again in ([], [seen("a", 8)], [seen("a", 8), seen("b", 9)]):
        ledger.record_sightings(connection, "fake", again, again)
    assert in_order_of_choice(connection) == ["a", "b", "a", "b"]
    assert copies(connection) == {"a": None, "b": None}
    assert ledger.ledger_fingerprint(connection) != before
    ledger.record_sightings(connection, "fake", [], None)  # the archive cannot be read whole
    assert in_order_of_choice(connection) == ["a", "b", "a", "b"]
    ledger.record_sightings(connection, "fake", [], [])
    assert in_order_of_choice(connection) == ["a", "b"]
    assert ledger.ledger_fingerprint(connection) == before


def test_the_same_bytes_posted_again_are_no_news_where_their_content_is_what_counts(connection):
    record(connection, a_vintage("a", known_on=MARCH[0]))
    record(connection, a_vintage("copy", known_on=MARCH[4]))
    before = ledger.ledger_fingerprint(connection)
    again = [seen("a", 8)]
    ledger.record_sightings(connection, "fake", again, again)
    assert in_order_of_choice(connection) == ["a"]
    assert ledger.ledger_fingerprint(connection) == before


def test_a_copy_posted_again_counts_as_the_vintage_that_stands_for_it(connection):
    record(connection, a_vintage("a", known_on=MARCH[0]), a_vintage("copy", known_on=MARCH[1]))
    record(connection, a_vintage("b", content="x", known_on=MARCH[4]))
    again = [seen("copy", 8)]
    ledger.record_sightings(connection, "fake", again, again)
    record(connection, a_vintage("another copy", known_on=MARCH[9]))
    assert in_order_of_choice(connection) == ["a", "b", "a"]
    assert copies(connection) == {"a": None, "copy": "a", "b": None, "another copy": "a"}


def test_unreadable_vintages_are_not_each_others_copies(connection):
    record(
        connection,
        a_vintage("a", content=None, status="quarantined"),
        a_vintage("b", content=None, status="quarantined"),
    )
    assert copies(connection) == {"a": None, "b": None}


def test_a_quarantined_vintage_stands_for_no_accepted_one(connection):
    record(
        connection,
        a_vintage("a", known_on=date(2021, 1, 1), status="quarantined"),
        a_vintage("b", known_on=date(2021, 2, 1)),
    )
    assert copies(connection) == {"a": "b", "b": None}


def test_the_fingerprint_changes_with_what_was_accepted_or_refused_but_not_with_a_copy(connection):
    record(connection, a_vintage("a"))
    before = ledger.ledger_fingerprint(connection)
    record(connection, a_vintage("copy", known_on=date(2021, 4, 1)))
    assert ledger.ledger_fingerprint(connection) == before
    record(connection, a_vintage("bad", content="x", status="quarantined"))
    with_quarantine = ledger.ledger_fingerprint(connection)
    assert with_quarantine != before
    record(connection, a_vintage("new", content="z"))
    assert ledger.ledger_fingerprint(connection) not in {before, with_quarantine}


def test_the_fingerprint_of_an_empty_warehouse_can_be_asked_for():
    with duckdb.connect() as empty:
        assert ledger.ledger_fingerprint(empty) == ledger.ledger_fingerprint(empty)


@pytest.mark.parametrize(
    ("modes", "mode"),
    [
        (["live", "live"], "live"),
        (["sample"], "sample"),
        (["folder", "live"], "folder"),
        ([None], "folder"),
    ],
)
def test_figures_are_called_live_only_where_no_accepted_vintage_came_from_a_folder(
    connection, modes, mode
):
    record(connection, *(a_vintage(f"{n}") | {"source_mode": it} for n, it in enumerate(modes)))
    refused = a_vintage("refused", status="quarantined") | {"source_mode": "folder"}
    record(connection, refused)
    assert ledger.source_mode_of_accepted(connection) == mode


def test_creating_the_ledger_again_keeps_what_stands_in_it(connection):
    record(connection, a_vintage("a"))
    ledger.create_ledger(connection)
    assert copies(connection) == {"a": None}


def test_verdicts_come_back_from_the_ledger_as_they_were(connection):
    failed = CheckResult(
        "fake", "arrivals", "v", "negative_value", "critical", "why", False, 1,
        sample=[{"place_label": "A", "value": -3.0}],
    )  # fmt: skip
    passed = CheckResult("fake", "arrivals", None, "new_label", "warning", "why", True)
    ledger.record_checks(connection, "run", [failed, passed])
    assert ledger.last_checks(connection, "fake") == [failed, passed]
    assert ledger.last_checks(connection, "another") == []


def test_sightings_follow_the_archives_list_however_often_it_is_recorded(connection):
    twice = [seen("v", 1, published_name="one"), seen("v", 2, published_name="two")]
    for series in ("fake", "other", "fake"):
        ledger.record_sightings(connection, series, twice)
    rows = connection.execute(
        "select series, published_name, seen_at from ledger.sightings order by all"
    ).fetchall()
    assert rows == [
        (series, name, datetime(2021, 3, day))  # when it was captured, not when it was fetched
        for series in ("fake", "other")
        for name, day in (("one", 1), ("two", 2))
    ]


def test_a_stage_recorded_again_replaces_itself(connection):
    for status in ("started", "done"):
        ledger.record_run(
            connection,
            run_id="r",
            stage="load",
            started_at=datetime(2026, 1, 1, 12, 0, 0),
            ended_at=datetime(2026, 1, 1, 12, 0, 7),
            status=status,
            source_mode="folder",
        )
    rows = connection.execute("select stage, seconds, status from ledger.runs").fetchall()
    assert rows == [("load", 7.0, "done")]


def test_the_version_of_the_readers_covers_code_lists_and_rules():
    assert len(ledger.reader_version()) == 64
    assert ledger.reader_version() == ledger.reader_version()
