"""What the tests of one ``dbt build`` said, as rows of ``meta.checks``.

Great Expectations' results come another way: the gate writes them into the ledger.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.big_imports import when_used
from orchestration.warehouse.versions import PublishingError

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

_RAN = ("pass", "warn")
_SEVERITY = {"error": "critical", "warn": "warning"}
_CHECK_COLUMNS = [
    "run_id", "table_name", "engine", "rule", "severity", "reason", "passed", "failing_count",
    "checked_at",
]  # fmt: skip


def dbt_checks(run_results: Path, run_id: str) -> pd.DataFrame:
    """One row per test that ran, with the columns of ``meta.checks`` that a dbt test has.

    ``run_results`` is dbt's run_results.json; manifest.json, which knows severity and table, is
    read beside it. PublishingError if an error-severity test or a model failed.
    """
    results = _read(run_results)
    manifest = _read(run_results.with_name("manifest.json"))
    tests = manifest["nodes"] | manifest["unit_tests"]
    _refuse_failures(run_results, results["results"])
    generated_at = datetime.fromisoformat(results["metadata"]["generated_at"]).replace(tzinfo=None)
    rows = [
        _check(tests[result["unique_id"]], result) | {"run_id": run_id, "checked_at": generated_at}
        for result in results["results"]
        if result["unique_id"].startswith(("test.", "unit_test.")) and result["status"] in _RAN
    ]
    return pd.DataFrame(rows, columns=_CHECK_COLUMNS)


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PublishingError(
            f"{path}: found {error}; expected what `dbt build` writes there. Build again."
        ) from error
    return content


def _refuse_failures(run_results: Path, results: list[dict[str, Any]]) -> None:
    failed = [r["unique_id"] for r in results if r["status"] in ("fail", "error")]
    if failed:
        raise PublishingError(
            f"{run_results}: found {len(failed)} failed dbt nodes ({', '.join(failed[:5])}); "
            "expected none. Nothing was published: read their messages with `dbt build`, correct "
            "the model or the data, and run again."
        )


def _check(test: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    table = test.get("model") or (test.get("attached_node") or "").rpartition(".")[2]
    return {
        "table_name": table or None,
        "engine": "dbt",
        "rule": test["name"],
        "severity": _SEVERITY[str(test["config"].get("severity", "error")).lower()],
        "reason": test.get("description") or None,
        "passed": result["status"] == "pass",
        "failing_count": result.get("failures") or 0,
    }
