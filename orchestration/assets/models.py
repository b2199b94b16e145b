"""The dbt assets: seeds, staging, intermediate, marts and meta, in one `dbt build`.

What the models compute and test is the dbt project's business; whether a build is needed, and what
a failed one says, is decided here.
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import dagster as dg
from packaging.version import Version

from orchestration.big_imports import as_if_not_installed

# dbt runs in a process of its own: this one does without it, a second and 80 MB of imports. The
# release of dagster-dbt that we lock has stand-ins for who has no dbt-core.
with as_if_not_installed("dbt.version"):
    from dagster_dbt import (
        DagsterDbtTranslator,
        DagsterDbtTranslatorSettings,
        DbtCliEventMessage,
        DbtCliResource,
        DbtProject,
        dbt_assets,
    )

from orchestration.assets import OWNERS
from orchestration.assets.build import (
    dbt_folder,
    dbt_log,
    forget_build,
    is_anything_accepted,
    record_build,
    run_results,
    what_failed,
    what_to_build_from,
)
from orchestration.assets.manifest import DBT_PROJECT, prepare_manifest
from orchestration.assets.stages import record_finished_stages, record_stages_of_runs_before
from orchestration.log import events
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse, warehouse_lock
from orchestration.warehouse.versions import published_fingerprint


class WarehouseTranslator(DagsterDbtTranslator):
    """Groups by layer, owners; sources of one series share the key of that series' raw asset."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: the folder below models/ (staging, intermediate, marts, meta) or seeds."""
        parts = Path(dbt_resource_props["original_file_path"]).parts
        return parts[1] if parts[0] == "models" else parts[0]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """The owners that the model names in its meta, else the team."""
        return super().get_owners(dbt_resource_props) or OWNERS

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
    """dbt's CLI without what dagster-dbt does before each build (4 seconds saved).

    That is `dbt --version`, and an adapter of its own for looking at tables that we do not look at.
    """

    @property
    def _cli_version(self) -> Version:
        return Version(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """None: DuckDB would let it look at nothing while dbt builds."""


def dbt_resource() -> DbtCliResource:
    """The dbt of this environment on the project beside this package."""
    return InstalledDbt(
        project_dir=str(DBT_PROJECT),
        profiles_dir=str(DBT_PROJECT),
        dbt_executable=str(Path(sys.executable).with_name("border-dbt")),
        # a log that a person reads: dagster-dbt would have it in JSON, with every debug line
        global_config_flags=[
            "--no-use-colors",
            "--log-format-file",
            "text",
            "--log-level-file",
            "info",
        ],
    )


@dbt_assets(
    manifest=prepare_manifest(),
    project=DbtProject(project_dir=DBT_PROJECT),
    dagster_dbt_translator=WarehouseTranslator(),
    name="models",
    required_resource_keys={"dbt", "warehouse_turn", "loader"},
    pool="warehouse",
)
def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Build all tables again, unless what they would be built from is published already."""
    settings = Settings()
    context.resources.loader.close()
    with warehouse_lock(settings):
        with warehouse(settings) as connection:
            build_from = what_to_build_from(connection)
            if not is_anything_accepted(connection):
                raise dg.Failure(
                    f"{settings.warehouse}: found no accepted table of any vintage; expected at "
                    "least one. Nothing can be built: see above what could not be reached or was "
                    "quarantined, and run again."
                )
            record_finished_stages(context.instance, context.run_id, connection, settings)
            record_stages_of_runs_before(context.instance, connection, settings)
        if build_from == published_fingerprint(settings):
            context.log.info("nothing new was accepted: the published version stands")
            return
        forget_build(settings)
        yield from _build(context, context.resources.dbt, settings)
        record_build(settings, build_from)


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings
) -> Iterator[Any]:
    """One `dbt build`. Each table, with its rows, and each test follows when dbt says so."""
    target, log = dbt_folder(settings), dbt_log(settings)
    target.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    os.environ["BORDER_HOME"] = str(settings.home)
    invocation = dbt.cli(
        ["build", "--exclude-resource-type", "unit_test"],
        context=context,
        target_path=target,
        raise_on_error=False,
    )
    tables = 0
    for message in invocation.stream_raw_events():
        for event in message.to_default_asset_events(
            invocation.manifest, invocation.dagster_dbt_translator, context, target
        ):
            if isinstance(event, dg.Output):
                tables += 1
                yield _with_row_count(event, message)
            else:
                yield event
    failed = None if invocation.is_successful() else what_failed(run_results(settings))
    events(settings).info(
        "build ended",
        run_id=context.run_id,
        status="failure" if failed else "success",
        seconds=round(time.monotonic() - began, 3),
        tables=tables,
        bytes=settings.build.stat().st_size if settings.build.is_file() else 0,
        error=failed,
    )
    if failed:
        raise dg.Failure(f"{failed} dbt's log: {log}")


def _with_row_count(output: dg.Output[Any], said: DbtCliEventMessage) -> dg.Output[Any]:
    """``said``: dbt's message on the table, which holds the rows written; that on a view none."""
    data = said.raw_event["data"]
    written = re.fullmatch(r"[A-Z]+ (\d+)", data.get("result_message") or data["status"])
    counted = {"dagster/row_count": int(written[1])} if written else {}
    seconds = output.metadata["Execution Duration"]
    return output.with_metadata({**output.metadata, **counted, "seconds": seconds})
