"""Measure a cold run, a run that finds nothing new, and one new vintage, on real publications.

A report, not a test. Each run is a process of its own in a home of its own; peak memory is the
largest resident size of the process and its children, as the operating system counted it.
"""

import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PUBLICATIONS = PROJECT.parent / "shared" / "publications"
BORDER = Path(sys.executable).with_name("border")
#: the workbook that arrives last in the one-new-vintage run
LATE = "2026-02-13__FY26_detentionStats_02122026.xlsx"


def measure(title: str, command: list[str], home: Path) -> None:
    """Run one command and print its seconds and the peak memory of its process tree so far."""
    started = time.monotonic()
    run = subprocess.run(
        command,
        env=os.environ | {"BORDER_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"| {title} | {seconds:.1f} | {peak:,.0f} | {run.returncode} |", flush=True)
    stages = [line for line in run.stdout.splitlines() if line.startswith("seconds:")]
    print("".join(f"<!-- {line} -->\n" for line in stages), end="")


def folder_without(name: str, into: Path) -> Path:
    """The real publications by symbolic link, less the one file called ``name``."""
    into.mkdir()
    with (PUBLICATIONS / "manifest.csv").open(newline="") as source:
        rows = [row for row in csv.DictReader(source) if not row["path"].endswith(name)]
    for row in rows:
        target = into / row["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PUBLICATIONS / row["path"], target)
    with (into / "manifest.csv").open("w", newline="") as target_file:
        writer = csv.DictWriter(target_file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return into


def main() -> None:
    """Print a Markdown table."""
    if not (PUBLICATIONS / "manifest.csv").is_file():
        sys.exit(f"the real publications are not beside this checkout ({PUBLICATIONS})")
    run = [str(BORDER), "run", "--source"]
    print("| run | seconds | peak MiB (so far) | exit |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        definitions = [sys.executable, "-c", "import orchestration.definitions"]
        measure("definitions load", definitions, base / "none")
        measure("nothing to do but `border --help`", [str(BORDER), "--help"], base / "none")
        most = folder_without(LATE, base / "publications")
        measure("cold, all but one publication", [*run, str(most)], base / "home")
        measure("one new vintage", [*run, str(PUBLICATIONS)], base / "home")
        measure("nothing new", [*run, str(PUBLICATIONS)], base / "home")
        measure("cold, all publications", [*run, str(PUBLICATIONS)], base / "cold")


if __name__ == "__main__":
    main()
