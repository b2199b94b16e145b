"""A home whose sample folder a test has changed: vintages added, or made bad.

`border run` leaves a sample folder alone that this code has written, so what a test does to it
counts as what the agencies' pages show.
"""

import csv
import hashlib
import shutil
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.home import prepare_home
from orchestration.settings import Settings

Row = dict[str, str]


def copy_home(home: Path, to: Path) -> Path:
    """A copy of a home, to change."""
    shutil.copytree(home, to)
    return to


def rows_of(home: Path) -> list[Row]:
    """The manifest of the sample in a home."""
    with (home / "sample" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_rows(folder: Path, rows: list[Row], columns: list[str] | None = None) -> None:
    """Write the manifest of a folder."""
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def post(home: Path, series: str, name: str, content: bytes, captured_at: str) -> None:
    """Add a publication to the sample of a home, beside the others of its series."""
    rows = rows_of(home)
    like = next(row for row in reversed(rows) if row["series"] == series)
    path = Path(like["path"]).with_name(f"{captured_at}__{name}")
    (home / "sample" / path).write_bytes(content)
    url = like["published_url"].rsplit("/", 1)[0] + f"/{name}"
    new = {
        "path": str(path),
        "published_name": name,
        "published_url": url,
        "captured_at": captured_at,
        "bytes": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    write_rows(home / "sample", [*rows, like | new])


def archived_files(home: Path) -> dict[str, bytes]:
    """Every file of the archive, to see that nothing there changed."""
    archive = home / "archive"
    return {str(p.relative_to(archive)): p.read_bytes() for p in archive.rglob("*") if p.is_file()}


def instance_of(home: Path) -> dg.DagsterInstance:
    """The Dagster instance in a home."""
    prepare_home(Settings(home=home))
    return dg.DagsterInstance.get()


def facts_of_last_run(home: Path, layer: str) -> dict[str, dict[str, object]]:
    """Metadata of the last run's materialisations of a layer (publications, raw), by series."""
    with instance_of(home) as instance:
        run = instance.get_runs(limit=1)[0]
        found: dict[str, dict[str, object]] = {}
        for event in instance.all_logs(
            run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
        ):
            materialization = event.asset_materialization
            assert materialization is not None
            path = materialization.asset_key.path
            if path[0] == layer and materialization.metadata:
                found[path[1]] = {k: v.value for k, v in materialization.metadata.items()}
        return found


def ledger_rows(home: Path) -> dict[str, tuple]:
    """Each vintage's whole row of the ledger (when it was loaded, too), by vintage_id."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select vintage_id, * from ledger.vintages").fetchall()
    return {row[0]: row[1:] for row in rows}
