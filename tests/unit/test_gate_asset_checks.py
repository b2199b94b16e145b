"""Verdicts become Dagster asset checks: critical is an error, warning warns, none is left out."""

import dagster as dg
import pytest

from expectations.rule import CheckResult
from orchestration.checks import (
    READER_PROBLEMS,
    READER_WARNINGS,
    asset_check_results,
    asset_check_specs,
)
from orchestration.series.catalog import SERIES

ICE = "ice_detention_statistics"
KEY = dg.AssetKey(["raw", ICE])


def verdict(rule, severity, vintage="v1", engine="gx", passed=False):
    return CheckResult(
        ICE,
        "ice_facilities",
        vintage,
        rule,
        severity,
        "why",
        passed,
        0 if passed else 3,
        engine,
        [] if passed else [{"name": "FREDERICK HOLDROOM"}],
    )


def results(*verdicts):
    return {result.check_name: result for result in asset_check_results(verdicts, KEY, ICE)}


@pytest.mark.parametrize("series", SERIES)
def test_every_check_of_a_series_has_a_result_even_with_nothing_to_judge(series):
    key = dg.AssetKey(["raw", series])
    specs = asset_check_specs(series, key)
    found = asset_check_results([], key, series)
    assert [spec.name for spec in specs] == [result.check_name for result in found]
    assert len({spec.name for spec in specs}) == len(specs)
    assert all(result.passed for result in found)
    assert not any(spec.blocking for spec in specs)


def test_a_critical_failure_is_an_error_with_its_reason_and_sample():
    found = results(verdict("number_of_facilities", "critical"))["number_of_facilities"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["failing_rows"].value == 3
    assert found.metadata["failing_vintages"].value == 1
    (failing,) = found.metadata["failing"].value
    assert failing["vintage_id"] == "v1"
    assert failing["sample"] == [{"name": "FREDERICK HOLDROOM"}]


def test_a_warning_warns():
    found = results(verdict("new_label", "warning"))["new_label"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN


def test_one_failing_vintage_among_many_verdicts_fails_the_check():
    found = results(
        verdict("new_label", "warning", passed=True, vintage=None), verdict("new_label", "warning")
    )["new_label"]
    assert not found.passed
    assert found.metadata["verdicts"].value == 2


def test_what_a_reader_found_has_checks_of_its_own_whatever_it_is_called():
    found = results(
        verdict("facility_sheet_of_another_year", "critical", engine="reader"),
        verdict("hidden_sheet", "warning", engine="reader"),
    )
    assert found[READER_PROBLEMS].severity == dg.AssetCheckSeverity.ERROR
    assert not found[READER_PROBLEMS].passed
    assert not found[READER_WARNINGS].passed


def test_an_asset_with_these_checks_materialises_though_they_fail():
    @dg.asset(key=KEY, check_specs=asset_check_specs(ICE, KEY))
    def raw():
        verdicts = [verdict("number_of_facilities", "critical")]
        return dg.MaterializeResult(check_results=asset_check_results(verdicts, KEY, ICE))

    assert dg.materialize([raw]).success
