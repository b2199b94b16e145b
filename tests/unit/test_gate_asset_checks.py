"""Verdicts become Dagster asset checks: critical is an error, warning warns, none is left out."""

import dagster as dg
import pytest

from expectations.rule import CheckResult
from expectations.suites import suite_of
from orchestration.checks import (
    CRITICAL_RULES,
    WARNINGS,
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
    return {result.check_name: result for result in asset_check_results(verdicts, KEY)}


@pytest.mark.parametrize("series", SERIES)
def test_every_check_of_a_series_has_a_result_even_with_nothing_to_judge(series):
    key = dg.AssetKey(["raw", series])
    specs = asset_check_specs(series, key)
    found = asset_check_results([], key)
    assert [spec.name for spec in specs] == [result.check_name for result in found]
    assert all(result.passed for result in found)
    assert not any(spec.blocking for spec in specs)


@pytest.mark.parametrize("series", SERIES)
def test_the_description_of_a_check_names_every_rule_and_its_reason(series):
    described = "".join(
        spec.description for spec in asset_check_specs(series, dg.AssetKey(["raw", series]))
    )
    for rule in suite_of(series).rules():
        assert f"{rule.name}: {rule.reason}" in described


def test_a_critical_failure_is_an_error_with_its_rule_reason_count_and_sample():
    found = results(verdict("number_of_facilities", "critical"))
    assert found[WARNINGS].passed
    assert not found[CRITICAL_RULES].passed
    assert found[CRITICAL_RULES].severity == dg.AssetCheckSeverity.ERROR
    metadata = found[CRITICAL_RULES].metadata
    assert metadata["failing_rows"].value == 3
    assert metadata["failing_vintages"].value == 1
    assert metadata["failing_rules"].value == ["number_of_facilities"]
    (failing,) = metadata["failing"].value
    assert failing["vintage_id"] == "v1"
    assert failing["rule"] == "number_of_facilities"
    assert failing["sample"] == [{"name": "FREDERICK HOLDROOM"}]


def test_a_warning_warns_and_leaves_the_critical_check_green():
    found = results(verdict("new_label", "warning"))
    assert found[CRITICAL_RULES].passed
    assert not found[WARNINGS].passed
    assert found[WARNINGS].severity == dg.AssetCheckSeverity.WARN


def test_one_failing_vintage_among_many_verdicts_fails_the_check():
    found = results(
        verdict("new_label", "warning", passed=True, vintage=None), verdict("new_label", "warning")
    )[WARNINGS]
    assert not found.passed
    assert found.metadata["verdicts"].value == 2


def test_what_a_reader_found_is_judged_by_the_same_two_checks():
    found = results(
        verdict("facility_sheet_of_another_year", "critical", engine="reader"),
        verdict("hidden_sheet", "warning", engine="reader"),
    )
    assert not found[CRITICAL_RULES].passed
    assert not found[WARNINGS].passed


def test_an_asset_with_these_checks_materialises_though_they_fail():
    @dg.asset(key=KEY, check_specs=asset_check_specs(ICE, KEY))
    def raw():
        verdicts = [verdict("number_of_facilities", "critical")]
        return dg.MaterializeResult(check_results=asset_check_results(verdicts, KEY))

    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([raw], instance=instance).success
