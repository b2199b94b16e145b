"""Every rule says why, and each series has rules that fit its tables."""

import subprocess
import sys

import pandas as pd
import pytest

from expectations import gate
from expectations.rule import Rule, Suite
from expectations.suites import SUITES, figures, suite_of
from orchestration.read.ice_workbook import read_workbook
from orchestration.series.catalog import SERIES
from tests.unit import ice_workbook_writer as writer

EVERY_RULE = [(suite.series, rule) for suite in SUITES.values() for rule in suite.rules()]


def rows(*values, vintage="v1", **columns):
    frame = pd.DataFrame({"value": values, "source_place": "here"}).assign(**columns)
    return frame.assign(
        vintage_id=vintage,
        fiscal_year=2021,
        reference_month=pd.Timestamp("2021-01-01"),
        null_reason=None,
        is_new_label=False,
    )


def profile(*vintages, **columns):
    return pd.DataFrame(
        {"vintage_id": vintages, "table_name": "counts", "captured_on": pd.Timestamp("2021-03-01")}
    ).assign(**columns)


def judged(monkeypatch, rules=(), footing_rules=(), profile_rules=(), **frames):
    """Failing verdicts as (rule, vintage, failing rows)."""
    suite = Suite("tried", tuple(rules), tuple(footing_rules), tuple(profile_rules))
    monkeypatch.setitem(SUITES, "tried", suite)
    empty = pd.DataFrame(columns=["vintage_id", "table_name"])

    def verdicts(tables):
        found = gate.judge(
            "tried",
            tables,
            frames.get("footings", empty),
            frames.get("profile", profile("v1", "v2")),
        )
        return [(v.rule, v.vintage_id, v.failing_count) for v in found if not v.passed]

    if "counts" not in frames:
        return verdicts({})
    as_texts = verdicts({"counts": frames["counts"]})
    # the loader hands over categories
    assert verdicts({"counts": as_categories(frames["counts"])}) == as_texts
    return as_texts


def as_categories(counts):
    texts = counts.select_dtypes(include=["object", "str"]).columns
    return counts.astype(dict.fromkeys(texts, "category"))


def test_tables_judged_together_may_have_other_texts_or_none(monkeypatch):
    suite = Suite("tried", figures.key_rules(("reason",)), (), ())
    monkeypatch.setitem(SUITES, "tried", suite)
    tables = {
        "first": as_categories(rows(1.0, 2.0, reason=["a", "b"])),
        "second": as_categories(rows(1.0, 2.0, reason=["c", "c"], vintage="v2")),
        "third": as_categories(rows(1.0, reason=None)),
    }
    verdicts = gate.judge("tried", tables, pd.DataFrame(), pd.DataFrame())
    failing = [(v.rule, v.table_name, v.vintage_id) for v in verdicts if not v.passed]
    assert failing == [("missing_label", "third", "v1"), ("duplicate_row", "second", "v2")]


def test_every_series_has_a_suite_and_every_suite_a_series():
    assert set(SUITES) == set(SERIES)


def test_a_series_without_a_suite_cannot_be_judged():
    with pytest.raises(KeyError, match="Write its rules first"):
        suite_of("invented")


@pytest.mark.parametrize(("series", "rule"), EVERY_RULE)
def test_every_rule_has_a_severity_and_a_reason(series, rule):
    assert rule.severity in ("critical", "warning")
    assert len(rule.reason.split()) >= 6


@pytest.mark.parametrize("series", SERIES.values(), ids=lambda series: series.name)
def test_rules_name_tables_and_columns_that_the_series_has(series):
    suite = SUITES[series.name]
    tables = {table.name: table for table in series.tables}
    assert set(suite.values) <= set(tables)
    for name, table in tables.items():
        has = {"vintage_id", "table_name", *table.columns, *gate.DERIVED}
        for rule in suite.value_rules(name):
            named = {rule.arguments.get("column"), *rule.arguments.get("column_list", ())} - {None}
            assert named | set(rule.only) <= has, (name, rule.name)
    for rule in (*suite.footings, *suite.profile):
        assert set(rule.only.get("table_name", ())) <= set(tables)


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        (figures.NOT_NEGATIVE, rows(3.0, -1.0, None)),
        (figures.WHOLE, rows(3.0, 8.47)),
        (figures.NULL_HAS_REASON, rows(3.0, None)),
        (figures.MONTH_IN_FISCAL_YEAR, rows(1.0).assign(fiscal_year=2022)),
        (figures.MONTH_IN_FISCAL_YEAR, rows(1.0).assign(reference_month=pd.Timestamp("2021-10-1"))),
        (figures.NOT_AFTER_CAPTURE, rows(1.0).assign(reference_month=pd.Timestamp("2021-04-01"))),
        (figures.LABEL_IS_KNOWN, rows(1.0).assign(is_new_label=True)),
    ],
)
def test_a_row_against_the_rule_is_found_once_and_named(monkeypatch, rule, counts):
    good = rows(5.0, 0.0, vintage="v2")
    both = pd.concat([counts, good], ignore_index=True)
    assert judged(monkeypatch, [rule], counts=both) == [(rule.name, "v1", 1)]


@pytest.mark.parametrize(
    ("value", "reason", "rule"),
    [
        (None, "blank", "count_unreadable"),
        (None, "unreadable", "count_unreadable"),
        (None, "NA", "count_withheld"),
        (None, "-", "count_withheld"),
        (0.0, None, None),
    ],
)
def test_a_row_without_its_count_is_refused_unless_the_agency_withholds_it(
    monkeypatch, value, reason, rule
):
    counts = rows(5.0, value).assign(null_reason=[None, reason])
    rules = [figures.COUNT_IS_READABLE, figures.COUNT_IS_PUBLISHED]
    assert judged(monkeypatch, rules, counts=counts) == ([(rule, "v1", 1)] if rule else [])


@pytest.mark.parametrize(
    ("totals", "failing"),
    [
        ((100, 260, 90), []),  # the steepest rise and fall seen
        ((100, 1001, 1000), [("month_far_above_the_one_before", "v1", 2)]),
        ((100, 0, 100), [("month_all_zero", "v1", 2), ("month_far_below_the_one_before", "v1", 2)]),
        ((1000, 99, 100), [("month_far_below_the_one_before", "v1", 2)]),
        ((0, 100, 100), []),  # nothing to compare with
    ],
)
def test_a_month_is_compared_with_the_one_before_in_its_own_vintage(monkeypatch, totals, failing):
    months = pd.to_datetime(["2020-12-01", "2021-01-01", "2021-02-01"])
    counts = pd.concat(
        [
            rows(total / 2, total / 2).assign(reference_month=month)
            for total, month in zip(totals, months, strict=True)
        ]
    )
    other_vintage = rows(100_000.0, vintage="v2").assign(reference_month=months[0])
    rules = [figures.MONTH_NOT_FAR_ABOVE, figures.MONTH_NOT_EMPTY, figures.MONTH_NOT_FAR_BELOW]
    both = pd.concat([counts, other_vintage], ignore_index=True)
    assert judged(monkeypatch, rules, counts=both) == failing


def test_months_far_apart_are_not_compared(monkeypatch):
    counts = rows(1.0, 1000.0).assign(reference_month=pd.to_datetime(["2020-10-01", "2021-01-01"]))
    assert judged(monkeypatch, [figures.MONTH_NOT_FAR_ABOVE], counts=counts) == []


def test_more_families_than_adults_are_swapped_labels(monkeypatch):
    labels = ["Convicted Criminal", "Total"] * 2
    counts = pd.concat(
        [
            rows(5.0, 1830.0, 12.0, 181_039.0, vintage="swapped"),
            rows(12.0, 181_039.0, 0.0, 1830.0, vintage="right"),
            rows(None, 9.0, 5.0, 1.0, vintage="no adults to compare with"),
        ],
        ignore_index=True,
    ).assign(
        facility_type=["adult", "adult", *["family_residential_center"] * 2] * 3,
        criminality_label=labels * 3,
    )
    (rule,) = [rule for _, rule in EVERY_RULE if rule.name == "family_exceeds_adult"]
    assert rule.severity == "warning"
    assert "swapped" in rule.reason
    assert judged(monkeypatch, [rule], counts=counts) == [("family_exceeds_adult", "swapped", 2)]


@pytest.mark.parametrize("month", ["2020-10-01", "2021-09-01", None])
def test_october_to_september_and_the_years_total_lie_in_the_fiscal_year(monkeypatch, month):
    counts = rows(1.0).assign(reference_month=pd.Timestamp(month) if month else pd.NaT)
    assert judged(monkeypatch, [figures.MONTH_IN_FISCAL_YEAR], counts=counts) == []


def test_a_duplicate_is_found_though_a_label_of_its_key_is_blank(monkeypatch):
    counts = rows(1.0, 2.0, 3.0, reason=["bonded", "bonded", "paroled"], criminality=None)
    rules = figures.key_rules(("reason",), nullable=("criminality",))
    assert judged(monkeypatch, rules, counts=counts) == [("duplicate_row", "v1", 2)]


@pytest.mark.parametrize(
    ("table", "label"),
    [
        ("ice_initial_book_ins", "arresting_agency_label"),
        ("ice_final_book_outs", "release_reason_label"),
        ("ice_removals", "removal_label"),
        ("ice_currently_detained", "criminality_label"),
        ("ice_average_daily_population", "arresting_agency_label"),
        ("ice_book_ins_by_facility_type", "facility_type_label"),
    ],
)
def test_two_labels_of_one_code_are_a_duplicate_where_marts_keep_rows_by_code(table, label):
    """ICE wrote 'Transferred' and 'Transferred Total': both at once would end every build."""
    once = read_workbook(writer.publication()).tables[table].assign(vintage_id="v1")
    twice = pd.concat([once, once.assign(**{label: once[label] + " Total"})], ignore_index=True)

    def duplicates(frame):
        verdicts = gate.judge(
            "ice_detention_statistics", {table: frame}, pd.DataFrame(), pd.DataFrame()
        )
        return [v.failing_count for v in verdicts if v.rule == "duplicate_row" and not v.passed]

    assert duplicates(once) == []
    assert duplicates(twice) == [len(twice)]


def test_a_missing_label_is_one_verdict_whichever_label_it_is(monkeypatch):
    counts = rows(1.0, 2.0, reason=[None, "a"], agency=["b", None])
    rules = figures.key_rules(("reason", "agency"))
    assert judged(monkeypatch, rules, counts=counts) == [("missing_label", "v1", 2)]


def test_a_footing_is_judged_within_its_tolerance_and_in_its_table_only(monkeypatch):
    footings = pd.DataFrame(
        {
            "vintage_id": ["v1", "v1", "v2", "v2"],
            "table_name": ["exact", "exact", "rounded", "other"],
            "footing": "months",
            "parts": [10.0, 11.0, 60.0, 999.0],
            "published_total": [10.0, 10.0, 0.0, 0.0],
        }
    )
    rules = [
        figures.foots("exactly", "critical", 0, "why", tables=("exact",)),
        figures.foots("roughly", "warning", 65, "why", tables=("rounded",)),
    ]
    found = judged(monkeypatch, footing_rules=rules, footings=footings)
    assert found == [("exactly", "v1", 1)]


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        (figures.not_all_zero(("counts",), "why"), {"total": [0.0, 5.0]}),
        (figures.COVERAGE_IS_STATED, {"coverage_basis": ["inferred", "stated"]}),
        (
            figures.COVERAGE_NOT_AFTER_CAPTURE,
            {"coverage_end": [pd.Timestamp("2021-03-31"), pd.Timestamp("2021-03-01")]},
        ),
        (figures.mean_per_month(100, "why"), {"total": [1200.0, 1200.0], "months": [11, 12]}),
        (
            figures.NEAR_THE_VINTAGE_BEFORE,
            {"total": [1000.0, 50.0], "previous_total": [90.0, None]},
        ),
    ],
)
def test_a_profile_against_the_rule_names_its_vintage(monkeypatch, rule, columns):
    seen = profile("v1", "v2", **columns)
    assert judged(monkeypatch, profile_rules=[rule], profile=seen) == [(rule.name, "v1", 1)]


def test_a_sample_is_short_and_says_where_the_row_stands(monkeypatch):
    monkeypatch.setitem(SUITES, "tried", Suite("tried", (figures.NOT_NEGATIVE,), (), ()))
    verdicts = gate.judge(
        "tried",
        {"counts": rows(*[-1.0] * 50)},
        pd.DataFrame(),
        profile("v1"),
    )
    (verdict,) = verdicts
    assert (verdict.failing_count, len(verdict.sample)) == (50, 10)
    assert verdict.sample[0]["source_place"] == "here"
    assert verdict.sample[0]["reference_month"] == "2021-01-01"
    assert "vintage_id" not in verdict.sample[0]


def test_tables_with_equal_rules_are_judged_in_one_call_and_told_apart(monkeypatch):
    calls = []
    one_call = gate._failing_rows

    def counted(*arguments):
        calls.append(1)
        return one_call(*arguments)

    monkeypatch.setattr(gate, "_failing_rows", counted)
    monkeypatch.setitem(SUITES, "tried", Suite("tried", (figures.NOT_NEGATIVE,), (), ()))
    verdicts = gate.judge(
        "tried", {"good": rows(1.0), "bad": rows(-1.0)}, pd.DataFrame(), profile("v1")
    )
    assert {(v.table_name, v.vintage_id, v.passed) for v in verdicts} == {
        ("good", None, True),
        ("bad", "v1", False),
    }
    assert len(calls) == 1


def test_an_expectation_that_cannot_be_judged_is_an_error_and_no_pass(monkeypatch):
    rule = Rule("odd", "critical", "why", "ExpectColumnValuesToNotBeNull", {"column": "no_such"})
    with pytest.raises(gate.GateError, match=r"rule odd.*no_such"):
        judged(monkeypatch, [rule], counts=rows(1.0))


def test_great_expectations_is_not_imported_until_there_is_something_to_judge():
    code = (
        "import sys, expectations.gate, orchestration.warehouse.load, orchestration.checks;"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
