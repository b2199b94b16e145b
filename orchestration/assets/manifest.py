"""dbt's manifest, parsed once for each state of the project and not at each import."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from orchestration.settings import PROJECT_ROOT

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
MANIFEST = DBT_PROJECT / "target" / "manifest.json"


def project_sha256() -> str:
    """Identity of the dbt project: its models, tests, seeds, macros and configuration."""
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        inside = path.relative_to(DBT_PROJECT)
        if path.suffix in {".sql", ".yml", ".csv", ".md"} and inside.parts[0] not in {
            "target",
            "logs",
        }:
            digest.update(str(inside).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare_manifest() -> Path:
    """Parse the dbt project if it changed since the manifest was written (about 5 seconds).

    One process parses while others wait for it. RuntimeError with dbt's own words if it cannot.
    """
    stamp = MANIFEST.with_name("manifest.sha256")
    wanted = project_sha256()
    MANIFEST.parent.mkdir(exist_ok=True)
    with MANIFEST.with_name("manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (MANIFEST.is_file() and stamp.is_file() and stamp.read_text() == wanted):
            _parse()
            stamp.write_text(wanted)
    return MANIFEST


def run_dbt(
    *arguments: str, target: Path, home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run dbt outside an asset, on the tables in ``home`` if any; it writes into ``target``."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("border-dbt")), *arguments, "--no-use-colors", "-q"],
        cwd=DBT_PROJECT,
        env=os.environ
        | {
            "BORDER_HOME": str(home or target),
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _parse() -> None:
    run = run_dbt("parse", target=MANIFEST.parent)
    if run.returncode:
        raise RuntimeError(
            f"{DBT_PROJECT}: dbt could not parse the project; expected a manifest. Correct what "
            f"dbt names, and start again.\n{run.stdout}{run.stderr}"
        )
