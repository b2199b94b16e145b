"""Verdicts of the gate as Dagster asset checks: the one place that knows both.

A series has two checks: its critical rules and its warnings, each with a line per rule in its
metadata. One check per rule would be some 200 events a run for checks that nearly always pass
(docs/decisions, 9).
Nothing here decides whether a table counts: that stands in the ledger.
"""

from collections.abc import Sequence

import dagster as dg

from expectations.rule import CheckResult
from expectations.suites import suite_of

CRITICAL_RULES = "critical_rules"
WARNINGS = "warnings"
#: Failing verdicts that a check's metadata lists; all of them stand in ledger.checks.
LISTED = 20


def asset_check_specs(series_name: str, asset_key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The two checks of a series' raw asset; their descriptions name each rule and its reason.

    None blocks: a bad file must not stop another series, and a quarantined table cannot reach a
    mart.
    """
    rules = suite_of(series_name).rules()
    critical = [f"{rule.name}: {rule.reason}" for rule in rules if rule.severity == "critical"]
    warning = [f"{rule.name}: {rule.reason}" for rule in rules if rule.severity == "warning"]
    described = {
        CRITICAL_RULES: ["a file or table that is missing or has another form", *critical],
        WARNINGS: ["what the reader noticed, for a person to look at", *warning],
    }
    return [
        dg.AssetCheckSpec(name, asset=asset_key, description="\n".join(f"- {it}" for it in lines))
        for name, lines in described.items()
    ]


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
    results: Sequence[CheckResult], asset_key: dg.AssetKey
) -> list[dg.AssetCheckResult]:
    """One result per check of ``asset_check_specs``; critical failures are errors, others warn.

    A check that judged nothing passes and says so in ``verdicts``.
    """
    found = []
    for name, severity in ((CRITICAL_RULES, "critical"), (WARNINGS, "warning")):
        mine = [result for result in results if result.severity == severity]
        failing = [result for result in mine if not result.passed]
        error = (
            dg.AssetCheckSeverity.ERROR if name == CRITICAL_RULES else dg.AssetCheckSeverity.WARN
        )
        found.append(
            dg.AssetCheckResult(
                passed=not failing,
                check_name=name,
                asset_key=asset_key,
                severity=error,
                description=failing[0].reason if failing else None,
                metadata={
                    "rules": len({result.rule for result in mine}),
                    "verdicts": len(mine),
                    "failing_rules": dg.MetadataValue.json(
                        sorted({result.rule for result in failing})
                    ),
                    "failing_vintages": len({result.vintage_id for result in failing}),
                    "failing_rows": sum(result.failing_count for result in failing),
                    "failing": _listed(failing),
                },
            )
        )
    return found
