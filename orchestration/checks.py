"""Verdicts of the gate as Dagster asset checks: the one place that knows both.

A series has one check per rule, and two for what its reader found, so that Dagster knows them all
at definition time. Nothing here decides whether a table counts: that stands in the ledger.
"""

from collections.abc import Sequence

import dagster as dg

from expectations.rule import CheckResult
from expectations.suites import suite_of

#: What a reader found: tables it could not read (critical), and what it wondered at (warnings).
READER_PROBLEMS = "reader_problems"
READER_WARNINGS = "reader_warnings"
#: Failing verdicts that a check's metadata lists; all of them stand in ledger.checks.
LISTED = 20


def asset_check_specs(series_name: str, asset_key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of a series' raw asset: one per rule of its suite, two for its reader.

    None blocks: a bad file must not stop another series, and a quarantined table cannot reach a
    mart. The description of each is the reason for the rule.
    """
    described = {
        rule.name: f"{rule.severity}: {rule.reason}" for rule in suite_of(series_name).rules()
    }
    described[READER_PROBLEMS] = "critical: a file or table that is missing or has another form"
    described[READER_WARNINGS] = "warning: what the reader noticed, for a person to look at"
    return [
        dg.AssetCheckSpec(name, asset=asset_key, description=reason)
        for name, reason in described.items()
    ]


def _check_name(result: CheckResult) -> str:
    if result.engine == "gx":
        return result.rule
    return READER_PROBLEMS if result.severity == "critical" else READER_WARNINGS


def _listed(failing: Sequence[CheckResult]) -> dg.JsonMetadataValue:
    return dg.MetadataValue.json(
        [
            {
                "vintage_id": result.vintage_id,
                "table": result.table_name,
                "rule": result.rule,
                "reason": result.reason,
                "failing_rows": result.failing_count,
                "sample": result.sample,
            }
            for result in failing[:LISTED]
        ]
    )


def asset_check_results(
    results: Sequence[CheckResult], asset_key: dg.AssetKey, series_name: str
) -> list[dg.AssetCheckResult]:
    """One result per check of ``asset_check_specs``; critical failures are errors, others warn.

    A check that judged nothing passes and says so in ``verdicts``.
    """
    by_check: dict[str, list[CheckResult]] = {}
    for result in results:
        by_check.setdefault(_check_name(result), []).append(result)
    found = []
    for spec in asset_check_specs(series_name, asset_key):
        mine = by_check.get(spec.name, [])
        failing = [result for result in mine if not result.passed]
        is_critical = any(result.severity == "critical" for result in failing)
        found.append(
            dg.AssetCheckResult(
                passed=not failing,
                check_name=spec.name,
                asset_key=asset_key,
                severity=dg.AssetCheckSeverity.ERROR if is_critical else dg.AssetCheckSeverity.WARN,
                description=failing[0].reason if failing else spec.description,
                metadata={
                    "verdicts": len(mine),
                    "failing_vintages": len({result.vintage_id for result in failing}),
                    "failing_rows": sum(result.failing_count for result in failing),
                    "failing": _listed(failing),
                },
            )
        )
    return found
