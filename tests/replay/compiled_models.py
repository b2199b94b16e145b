"""The dbt project compiled once and run as plain SQL, again and again.

A `dbt build` takes half a minute, most of it dbt's own; this takes a few seconds. What it leaves
out are tests, comments, and the tables that have no answer for a past day.

Which tables a correction reaches is settled when dbt compiles, by the vintages held: compiled in a
home that holds all of them, the text is right for every day.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

from orchestration.assets.manifest import run_dbt
from orchestration.settings import Settings
from tests.golden.rebuilding import copy_of_home


class CompiledModels:
    """The marts that have table macros, and all models that they are made from, parents first."""

    def __init__(self, settings: Settings, finished: Path) -> None:
        """``settings``: where they are built; ``finished``: a home that holds every vintage."""
        target = settings.home / "compiled"
        full = copy_of_home(finished, settings.home / "finished")
        for command, home in (("seed", settings.home), ("compile", full)):
            run = run_dbt(command, home=home, target=target)
            assert run.returncode == 0, run.stdout + run.stderr
        self._build_file = settings.build
        self._nodes = json.loads((target / "manifest.json").read_text())["nodes"]
        self._models: dict[str, dict[str, Any]] = {}
        for name, node in self._nodes.items():
            if node["resource_type"] == "model" and node["fqn"][1] == "marts":
                self._add(name)

    def _add(self, name: str) -> None:
        node = self._nodes.get(name)  # not of a source
        if node is None or node["resource_type"] != "model" or name in self._models:
            return
        for parent in node["depends_on"]["nodes"]:
            self._add(parent)
        self._models[name] = node

    def build(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make every table anew, in the warehouse and in the build file beside it."""
        connection.execute("reset threads")
        connection.execute(f"attach '{self._build_file}' as build")
        for model in self._models.values():
            connection.execute(f"create schema if not exists {_schema(model)}")
            kind = "view" if model["config"]["materialized"] == "view" else "table"
            connection.execute(
                f"create or replace {kind} {model['relation_name']} as {model['compiled_code']}"
            )


def _schema(model: dict[str, Any]) -> str:
    return f'"{model["database"]}"."{model["schema"]}"'
