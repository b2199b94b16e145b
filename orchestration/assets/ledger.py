"""The ledger's tables in the asset graph: every load writes them, dbt reads them as sources."""

import json

import dagster as dg

from orchestration.assets import OWNERS
from orchestration.assets.manifest import prepare_manifest
from orchestration.assets.raw import RAW


def _ledger_specs() -> list[dg.AssetSpec]:
    """One external asset per table of the dbt source `ledger`, described as there."""
    sources = json.loads(prepare_manifest().read_text(encoding="utf-8"))["sources"].values()
    return [
        dg.AssetSpec(
            key=["ledger", source["name"]],
            deps=[asset.key for asset in RAW],
            group_name="ledger",
            description=source["description"],
            owners=OWNERS,
            kinds={"duckdb"},
        )
        for source in sources
        if source["source_name"] == "ledger"
    ]


LEDGER = _ledger_specs()
