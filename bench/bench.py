"""What runs on real publications take: seconds and memory, as a Markdown table.

    python bench/bench.py [FOLDER]

FOLDER holds the publications and their manifest.csv; without it the environment variable
BORDER_TEST_PUBLICATIONS names it, or it lies beside the checkout. Where there is none nothing is
measured.

A report, not a test: run it on a machine that has nothing else to do (two to three minutes). Each
run is a process of its own; homes stand in a temporary folder and go with it.
"""

import argparse
import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measured import line, machine, measure, taking

#: where publications are looked for if nothing else is said
BESIDE = Path(__file__).parents[2] / "shared" / "publications"
DEFINITIONS = [sys.executable, "-c", "import orchestration.definitions"]
HEAD = (
    "run", "seconds", "CPU seconds", "peak MB, all processes", "largest process", "exit", "stages",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print, line by line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    named = parser.parse_args(arguments).folder
    folder = named or Path(os.environ.get("BORDER_TEST_PUBLICATIONS") or BESIDE)
    if not (folder / "manifest.csv").is_file():
        missing = f"no manifest.csv in {folder}: runs on real publications are not measured"
        if named:
            sys.exit(missing)
        print(missing)
        return
    print(machine())
    print("", line(HEAD), line("---" for _ in HEAD), sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        most = folder_without(newest_workbook(folder), folder, base / "publications")
        report("definitions load", DEFINITIONS, base / "none")
        report("cold, all but one publication", taking(most), base / "home")
        report("one new vintage", taking(folder), base / "home")
        report("nothing new", taking(folder), base / "home")
        report("cold, all publications", taking(folder), base / "cold")


def newest_workbook(folder: Path) -> str:
    """The path in the folder of ICE's workbook that was captured last: the one new vintage."""
    workbooks = [row for row in _manifest(folder) if row["series"] == "ice_detention_statistics"]
    if not workbooks:
        sys.exit(f"no workbook of ice_detention_statistics in {folder}/manifest.csv; one is needed")
    return max(workbooks, key=lambda row: row["captured_at"])["path"]


def folder_without(path: str, folder: Path, into: Path) -> Path:
    """A copy of a folder of publications, less the file at ``path``."""
    into.mkdir()
    rows = [row for row in _manifest(folder) if row["path"] != path]
    for row in rows:
        target = into / row["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / row["path"], target)
    with (into / "manifest.csv").open("w", newline="") as manifest:
        writer = csv.DictWriter(manifest, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return into


def _manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as source:
        return list(csv.DictReader(source))


def report(title: str, command: list[str], home: Path) -> None:
    """Run one command in a home and print its row."""
    run = measure(command, home)
    cells = (
        title,
        f"{run.seconds:.1f}",
        f"{run.cpu_seconds:.1f}",
        f"{run.peak / 1e6:,.0f}",
        f"{run.largest / 1e6:,.0f}",
        str(run.exit_code),
        ", ".join(f"{stage} {seconds}" for stage, seconds in run.stages.items()),
    )
    print(line(cells), flush=True)


if __name__ == "__main__":
    main()
