"""Loading: verdicts per vintage and table, replacement, repetition. On a fake series."""

import weakref

import duckdb
import pytest

from expectations.suites import SUITES
from orchestration.warehouse import ledger
from orchestration.warehouse.load import load
from tests.unit import fake_series as fake
from tests.unit.fake_series import archived, publication

GOOD = (("A", "2021-01-01", 3.0), ("B", "2021-02-01", 4.0), ("Total", None, 7.0))


@pytest.fixture
def connection(monkeypatch):
    monkeypatch.setitem(SUITES, "fake", fake.SUITE)
    with duckdb.connect() as opened:
        yield opened


def loaded(connection, *documents, run="run"):
    return load(connection, fake.SERIES, documents, run)


def all_of(connection, query, *parameters):
    return connection.execute(query, list(parameters)).fetchall()


def test_a_good_vintage_is_accepted_with_all_its_rows(connection):
    result = loaded(connection, archived("v1", publication(*GOOD)))
    assert [v.status for v in result.vintages] == ["accepted"]
    assert result.rows == 4
    assert all_of(
        connection,
        "select vintage_id, table_name, place_label, value from raw.fake_arrivals order by value",
    ) == [
        ("v1", "arrivals", "A", 3.0),
        ("v1", "arrivals", "B", 4.0),
        ("v1", "arrivals", "Total", 7.0),
    ]


def test_a_total_that_does_not_foot_quarantines_its_table_and_names_the_place(connection):
    wrong = (("A", "2021-01-01", 3.0), ("B", "2021-02-01", 5.0), ("Total", None, 7.0))
    result = loaded(
        connection, archived("good", publication(*GOOD)), archived("bad", publication(*wrong))
    )
    assert {v.vintage_id: v.status for v in result.vintages} == {
        "good": "accepted",
        "bad": "quarantined",
    }
    (reason,) = result.vintages[1].quarantined_tables["arrivals"]
    assert "total_does_not_foot" in reason
    assert "parts 8.0" in reason


def test_raw_rows_of_a_quarantined_table_stay_for_queries(connection):
    loaded(connection, archived("bad", publication(("A", "2021-01-01", -3.0))))
    assert all_of(connection, "select value from raw.fake_arrivals") == [(-3.0,)]
    assert all_of(connection, "from ledger.accepted_tables") == []
    (failing,) = all_of(
        connection, "select sample from ledger.checks where rule = 'negative_value' and not passed"
    )
    assert '"place_label": "A"' in failing[0]


def test_a_bad_side_table_does_not_cost_the_main_table(connection):
    camps = (("Camp A", "2021-01-01", 5.5),)
    result = loaded(connection, archived("v1", publication(*GOOD, camps=camps)))
    assert result.vintages[0].status == "accepted"
    assert all_of(connection, "select table_name from ledger.accepted_tables") == [("arrivals",)]


def test_a_publication_that_cannot_be_read_is_quarantined_without_rows_and_stops_no_other(
    connection,
):
    result = loaded(connection, archived("html", b"<html>"), archived("good", publication(*GOOD)))
    assert [(v.vintage_id, v.status, v.rows) for v in result.vintages] == [
        ("html", "quarantined", 0),
        ("good", "accepted", 4),
    ]
    assert "publication_unreadable: html.json" in result.vintages[0].reasons[0]
    assert result.lines()[0].startswith("html.json: quarantined. publication_unreadable")


def test_a_file_on_which_the_reader_itself_fails_costs_only_itself(connection):
    odd = publication(*GOOD).replace(b'"through"', b'"until"')
    result = loaded(connection, archived("odd", odd), archived("good", publication(*GOOD)))
    assert [v.status for v in result.vintages] == ["quarantined", "accepted"]
    assert "reader_failed: odd.json: found KeyError ('through')" in result.vintages[0].reasons[0]


def test_a_changed_header_of_the_only_main_table_quarantines_the_vintage(connection):
    content = publication(*GOOD).replace(b'"arrivals": [', b'"arrivals": null, "was": [')
    result = loaded(connection, archived("v1", content))
    assert result.vintages[0].status == "quarantined"
    assert result.vintages[0].tables["arrivals"].reasons == [
        "header_changed: arrivals: found another header"
    ]
    assert all_of(connection, "select status from ledger.vintage_tables order by table_name") == [
        ("quarantined",),
        ("accepted",),
    ]


def test_a_new_label_is_loaded_and_warned_about_once_in_the_readers_words(connection):
    result = loaded(connection, archived("v1", publication(*GOOD, new=["B"])))
    assert result.vintages[0].tables["arrivals"].warnings == ["new_label: B is new"]
    assert result.vintages[0].status == "accepted"
    recorded = "select engine from ledger.checks where rule = 'new_label' and not passed"
    assert all_of(connection, recorded) == [("gx",)]


def test_a_figure_about_a_month_after_the_capture_is_refused(connection):
    result = loaded(connection, archived("v1", publication(("A", "2021-04-01", 3.0))))
    assert "figure_after_capture" in result.vintages[0].quarantined_tables["arrivals"][0]


def test_a_zero_for_a_month_after_the_capture_is_no_figure(connection):
    future = publication(("A", "2021-01-01", 3.0), ("A", "2021-04-01", 0.0))
    assert loaded(connection, archived("v1", future)).vintages[0].status == "accepted"


def test_a_month_outside_the_fiscal_year_is_refused(connection):
    content = publication(("A", "2021-01-01", 3.0), fiscal_year=2022)
    result = loaded(connection, archived("v1", content))
    assert "month_outside_fiscal_year" in result.vintages[0].quarantined_tables["arrivals"][0]


def test_the_same_labels_twice_for_one_month_are_refused(connection):
    content = publication(("A", "2021-01-01", 3.0), ("A", "2021-01-01", 3.0))
    result = loaded(connection, archived("v1", content))
    assert "duplicate_row" in result.vintages[0].quarantined_tables["arrivals"][0]


def test_the_same_row_in_two_vintages_is_no_duplicate(connection):
    result = loaded(
        connection, archived("v1", publication(*GOOD)), archived("v2", publication(*GOOD))
    )
    assert {v.status for v in result.vintages} == {"accepted"}


def test_what_is_loaded_is_not_loaded_again_and_its_verdicts_stand(connection):
    documents = [archived("v1", publication(("A", "2021-01-01", -3.0)))]
    first = loaded(connection, *documents, run="first")
    before = all_of(connection, "from ledger.vintages") + all_of(connection, "from ledger.checks")
    again = loaded(connection, *documents, run="again")
    after = all_of(connection, "from ledger.vintages") + all_of(connection, "from ledger.checks")
    assert (again.skipped, again.vintages) == (1, [])
    assert before == after
    assert {(c.rule, c.passed) for c in again.checks} == {(c.rule, c.passed) for c in first.checks}


def test_another_version_of_the_code_reads_again_and_replaces(connection, monkeypatch):
    loaded(connection, archived("v1", publication(*GOOD)))
    monkeypatch.setattr(ledger, "reader_version", lambda: "another")
    result = loaded(connection, archived("v1", publication(*GOOD)))
    assert len(result.vintages) == 1
    assert all_of(connection, "select count(*) from raw.fake_arrivals") == [(3,)]
    assert all_of(connection, "select count(*), min(loaded_with) from ledger.vintages") == [
        (1, "another")
    ]


def verdicts(connection):
    """What stands in the ledger of the table arrivals: vintage, rule, whether it passed."""
    found = all_of(
        connection,
        "select coalesce(vintage_id, 'all'), rule, passed from ledger.checks "
        "where table_name = 'arrivals' and engine = 'gx'",
    )
    assert len(set(found)) == len(found), "each verdict once"
    return set(found)


def test_a_vintage_that_is_judged_again_keeps_no_verdict_of_before(connection, monkeypatch):
    negative = archived("v1", publication(("A", "2021-01-01", -3.0)))
    loaded(connection, negative, run="before")
    assert ("v1", "negative_value", False) in verdicts(connection)
    monkeypatch.setattr(ledger, "reader_version", lambda: "another")
    now_positive = archived("v1", publication(("A", "2021-01-01", 3.0)))
    loaded(connection, now_positive, run="after")
    assert ("v1", "negative_value", False) not in verdicts(connection)
    assert ("all", "negative_value", True) in verdicts(connection)


def test_what_passed_under_rules_of_before_is_gone_when_all_is_judged_again(
    connection, monkeypatch
):
    loaded(connection, archived("v1", publication(*GOOD)), run="before")
    assert ("all", "negative_value", True) in verdicts(connection)
    monkeypatch.setattr(ledger, "reader_version", lambda: "another")
    loaded(connection, archived("v1", publication(("A", "2021-01-01", -3.0))), run="after")
    assert ("all", "negative_value", True) not in verdicts(connection)


def test_a_rule_that_passes_in_each_run_is_one_verdict_beside_those_that_failed(connection):
    loaded(connection, archived("v1", publication(("A", "2021-01-01", -3.0))), run="first")
    for number in (2, 3):
        vintage = archived(f"v{number}", publication(("A", "2021-01-01", float(number))))
        loaded(connection, vintage, run=f"run {number}")
    assert {("v1", "negative_value", False), ("all", "negative_value", True)} <= verdicts(
        connection
    )
    assert all_of(
        connection,
        "select run_id from ledger.checks "
        "where rule = 'negative_value' and passed and table_name = 'arrivals'",
    ) == [("run 3",)]


def test_a_raw_table_of_other_columns_is_made_anew(connection):
    loaded(connection, archived("v1", publication(*GOOD)))
    connection.execute("alter table raw.fake_camps add column extra integer")
    result = loaded(connection, archived("v1", publication(*GOOD)))
    assert len(result.vintages) == 1
    assert all_of(connection, "select count(*) from raw.fake_camps") == [(1,)]
    assert all_of(connection, "select count(*) from raw.fake_arrivals") == [(3,)]


def test_a_load_that_breaks_leaves_everything_as_it_was(connection, monkeypatch):
    loaded(connection, archived("v1", publication(*GOOD)))
    before = all_of(connection, "from raw.fake_arrivals order by all")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(ledger, "record_checks", broken)
    with pytest.raises(OSError, match="disk full"):
        loaded(connection, archived("v2", publication(("A", "2021-01-01", 9.0))))
    assert all_of(connection, "from raw.fake_arrivals order by all") == before
    assert all_of(connection, "select vintage_id from ledger.vintages") == [("v1",)]


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_ten_times_the_vintage_before_warns_and_never_refuses(connection, order):
    documents = {
        "old": archived("old", publication(("A", "2021-01-01", 3.0), through="2021-01-31")),
        "new": archived("new", publication(("A", "2021-01-01", 300.0), through="2021-02-28")),
    }
    verdicts = [loaded(connection, documents[name], run=name).vintages[0] for name in order]
    assert {verdict.status for verdict in verdicts} == {"accepted"}
    together = loaded(duckdb.connect(), *documents.values()).vintages
    assert "jump_from_vintage_before" in together[1].tables["arrivals"].warnings[0]
    assert together[0].tables["arrivals"].warnings == []


def test_the_vintage_before_is_found_in_the_ledger(connection):
    loaded(connection, archived("old", publication(("A", "2021-01-01", 3.0), through="2021-01-31")))
    result = loaded(connection, archived("new", publication(("A", "2021-01-01", 300.0))))
    assert "jump_from_vintage_before" in result.vintages[0].tables["arrivals"].warnings[0]


def test_the_ledger_keeps_one_row_per_rule_that_all_passed(connection):
    loaded(connection, *(archived(f"v{n}", publication(*GOOD)) for n in range(5)))
    rows = all_of(
        connection,
        "select vintage_id, passed from ledger.checks "
        "where rule = 'negative_value' and table_name = 'arrivals'",
    )
    assert rows == [(None, True)]


def test_what_a_publication_says_cannot_write_into_a_terminal_through_a_reason(connection):
    label = "\x1b[2J" + "A" * 10_000
    result = loaded(connection, archived("v1", publication((label, "2021-01-01", -3.0))))
    for reason in result.vintages[0].quarantined_tables["arrivals"]:
        assert reason.isprintable()
        assert len(reason) < 1000
    assert all_of(connection, "select place_label from raw.fake_arrivals") == [(label,)]


def test_of_many_publications_one_is_in_memory_at_a_time(connection):
    given = []

    def archive():
        for number in range(5):
            alive = [reference for reference in given if reference() is not None]
            assert len(alive) <= 1  # the one that the loader was busy with
            sidecar, document = archived(f"v{number}", publication(*GOOD))
            given.append(weakref.ref(document))
            yield sidecar, document
            del document

    assert len(load(connection, fake.SERIES, archive(), "run").vintages) == 5
    assert len(given) == 5


def test_a_blank_column_of_one_vintage_and_texts_of_another_stand_side_by_side(connection):
    missing = (("A", "2021-01-01", None), ("Ä, quoted", "2021-02-01", 1.0))
    loaded(connection, archived("v1", publication(*GOOD)), archived("v2", publication(*missing)))
    assert all_of(
        connection,
        "select vintage_id, place_label, value, null_reason from raw.fake_arrivals order by all",
    ) == [
        ("v1", "A", 3.0, None),
        ("v1", "B", 4.0, None),
        ("v1", "Total", 7.0, None),
        ("v2", "A", None, "X"),
        ("v2", "Ä, quoted", 1.0, None),
    ]
