"""A part of the dbt project run again, in a copy of a home and perhaps with a changed project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.settings import PROJECT_ROOT

DBT_PROJECT = PROJECT_ROOT / "dbt_project"


def copy_of_home(home: Path, into: Path) -> Path:
    """The warehouse and the build file of a home, to be written in."""
    into.mkdir()
    for name in ("warehouse.duckdb", "build.duckdb"):
        shutil.copyfile(home / name, into / name)
        (into / name).chmod(0o644)
    return into


def copy_of_project(into: Path) -> Path:
    """The dbt project, to be changed."""
    return Path(shutil.copytree(DBT_PROJECT, into, ignore=shutil.ignore_patterns("target", "logs")))


def dbt(home: Path, project: Path, *arguments: str) -> str:
    """Run dbt in a home and return what it said; it must end well."""
    run = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments],
        cwd=project,
        env=os.environ
        | {
            "BORDER_HOME": str(home),
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(home / "target"),
            "DBT_LOG_PATH": str(home / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:]
    return run.stdout
