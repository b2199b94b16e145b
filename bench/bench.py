"""What runs on the real publications take: seconds and memory, as a Markdown table.

A report, not a test: run it on a machine that has nothing else to do (two to three minutes). Each
run is a process of its own; homes stand in a temporary folder and go with it.
"""

import csv
import shutil
import sys
import tempfile
from pathlib import Path

from measured import line, machine, measure, taking

PUBLICATIONS = Path(__file__).parents[2] / "shared" / "publications"
DEFINITIONS = [sys.executable, "-c", "import orchestration.definitions"]
#: the workbook that arrives last, in the run with one new vintage
LATE = "2026-02-13__FY26_detentionStats_02122026.xlsx"
HEAD = (
    "run", "seconds", "CPU seconds", "peak MB, all processes", "largest process", "exit", "stages",
)  # fmt: skip


def main() -> None:
    """Measure and print, line by line."""
    print(machine())
    if not (PUBLICATIONS / "manifest.csv").is_file():
        sys.exit(f"the real publications are not beside this checkout ({PUBLICATIONS})")
    print("", line(HEAD), line("---" for _ in HEAD), sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        most = folder_without(LATE, base / "publications")
        report("definitions load", DEFINITIONS, base / "none")
        report("cold, all but one publication", taking(most), base / "home")
        report("one new vintage", taking(PUBLICATIONS), base / "home")
        report("nothing new", taking(PUBLICATIONS), base / "home")
        report("cold, all publications", taking(PUBLICATIONS), base / "cold")


def folder_without(name: str, into: Path) -> Path:
    """A copy of the real publications, less the one file called ``name``."""
    into.mkdir()
    with (PUBLICATIONS / "manifest.csv").open(newline="") as source:
        rows = [row for row in csv.DictReader(source) if not row["path"].endswith(name)]
    for row in rows:
        target = into / row["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PUBLICATIONS / row["path"], target)
    with (into / "manifest.csv").open("w", newline="") as manifest:
        writer = csv.DictWriter(manifest, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return into


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
