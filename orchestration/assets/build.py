"""What a build is made from: whether one is needed, and which one stands in the build file.

A record of a build is written when it has ended well and taken away before the next begins, so that
half a build, or one whose tests failed, is never published.
"""

import hashlib
import json
from pathlib import Path

import duckdb

from orchestration.assets.manifest import project_sha256
from orchestration.settings import Settings
from orchestration.warehouse.ledger import create_ledger, ledger_fingerprint

#: failed tests that a message names
LISTED = 5


def dbt_folder(settings: Settings) -> Path:
    """Where dbt writes what it compiled, its results and its log."""
    return settings.home / "dbt"


def dbt_log(settings: Settings) -> Path:
    """dbt's own log of all builds."""
    return dbt_folder(settings) / "dbt.log"


def what_to_build_from(connection: duckdb.DuckDBPyConnection) -> str:
    """Identity of what a build would be made from now: what was accepted, and the dbt project."""
    inputs = ledger_fingerprint(connection) + project_sha256()
    return hashlib.sha256(inputs.encode()).hexdigest()


def is_anything_accepted(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a single table of a single vintage may be used."""
    create_ledger(connection)
    return bool(connection.execute("select 1 from ledger.accepted_tables limit 1").fetchone())


def built_from(settings: Settings) -> str | None:
    """What the build file was made from; None where no build ended well."""
    record = _record(settings)
    return record.read_text(encoding="utf-8") if record.is_file() else None


def forget_build(settings: Settings) -> None:
    """Before a build: the file, so that no renamed mart lives on, and all that was said of it."""
    for path in (_record(settings), run_results(settings), settings.build):
        path.unlink(missing_ok=True)


def record_build(settings: Settings, made_from: str) -> None:
    """After a build whose tests passed."""
    _record(settings).write_text(made_from, encoding="utf-8")


def run_results(settings: Settings) -> Path:
    """What dbt says of each node and test of the last build."""
    return dbt_folder(settings) / "run_results.json"


def manifest(settings: Settings) -> Path:
    """dbt's manifest.json as the last build wrote it, with every query as it ran."""
    return dbt_folder(settings) / "manifest.json"


def what_failed(results: Path) -> str:
    """The failed tests and models of a build, each with what dbt says of it."""
    if not results.is_file():
        return "dbt ended before it built anything."
    failed = [
        f"{result['unique_id'].split('.')[2]} ({' '.join((result['message'] or '').split())})"
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["status"] in {"fail", "error"}
    ]
    more = f" and {len(failed) - LISTED} more" if len(failed) > LISTED else ""
    return f"dbt: {len(failed)} failed: {'; '.join(failed[:LISTED])}{more}."


def _record(settings: Settings) -> Path:
    return dbt_folder(settings) / "built_from"
