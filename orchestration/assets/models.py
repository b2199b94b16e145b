"""The dbt assets: staging, intermediate, marts and meta, in one `dbt build`."""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from packaging.version import Version

from orchestration.assets.manifest import DBT_PROJECT, MANIFEST
from orchestration.assets.stages import record_finished_stages
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse
from orchestration.warehouse.ledger import ledger_fingerprint
from orchestration.warehouse.versions import published_fingerprint


class WarehouseTranslator(DagsterDbtTranslator):
    """Groups by layer; sources of one series share the key of that series' raw asset."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: the folder below models/ (staging, intermediate, marts, meta) or seeds."""
        parts = Path(dbt_resource_props["original_file_path"]).parts
        return parts[1] if parts[0] == "models" else parts[0]

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """dbt's tests as checks that do not block by themselves.

        A failed test of severity error fails the step, and so `published`; a build with nothing
        to do has no results, about which Dagster would warn for each blocking check.
        """
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return dg.AssetCheckSpec(
            spec.name, asset=spec.asset_key, description=spec.description, metadata=spec.metadata
        )


class InstalledDbt(DbtCliResource):
    """dbt's CLI without the `dbt --version` call before each build (2 to 3 seconds saved)."""

    @property
    def _cli_version(self) -> Version:
        return Version(installed_version("dbt-core"))


def dbt_resource() -> DbtCliResource:
    """The dbt of this environment on the project beside this package."""
    return InstalledDbt(
        project_dir=str(DBT_PROJECT),
        profiles_dir=str(DBT_PROJECT),
        dbt_executable=str(Path(sys.executable).with_name("dbt")),
        global_config_flags=["--no-use-colors"],
    )


@dbt_assets(
    manifest=MANIFEST,
    project=DbtProject(project_dir=DBT_PROJECT),
    dagster_dbt_translator=WarehouseTranslator(),
    name="models",
    pool="warehouse",
)
def models(
    context: dg.AssetExecutionContext, dbt: DbtCliResource
) -> Iterator[dg.Output[Any] | dg.AssetMaterialization | dg.AssetObservation | Any]:
    """Build all tables again, unless what was accepted equals what is published already."""
    settings = Settings()
    with warehouse(settings) as connection:
        accepted = ledger_fingerprint(connection)
        record_finished_stages(context, connection, settings)
    if accepted == published_fingerprint(settings):
        context.log.info("nothing new was accepted: the published version stands")
        return
    target = settings.home / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    # a file of its own for each build: a mart that was renamed must not live on in it
    settings.build.unlink(missing_ok=True)
    os.environ.update(BORDER_HOME=str(settings.home), DBT_LOG_PATH=str(target / "logs"))
    yield from dbt.cli(
        ["build", "--exclude-resource-type", "unit_test"], context=context, target_path=target
    ).stream()
