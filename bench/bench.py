"""What runs on the real publications take: seconds and memory, as a Markdown table.

A report, not a test: run it on a machine that has nothing else to do (two to three minutes). Each
run is a process of its own; homes stand in a temporary folder and go with it.
"""

import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PUBLICATIONS = PROJECT.parent / "shared" / "publications"
BORDER = str(Path(sys.executable).with_name("border"))
DEFINITIONS = [sys.executable, "-c", "import orchestration.definitions"]
#: the workbook that arrives last, in the run with one new vintage
LATE = "2026-02-13__FY26_detentionStats_02122026.xlsx"
#: seconds between two looks at the memory of all processes
INTERVAL = 0.1
PAGE = resource.getpagesize()
HEAD = (
    "run", "seconds", "CPU seconds", "peak MB, all processes", "largest process", "exit", "stages",
)  # fmt: skip


def main() -> None:
    """Measure and print, line by line."""
    if not (PUBLICATIONS / "manifest.csv").is_file():
        sys.exit(f"the real publications are not beside this checkout ({PUBLICATIONS})")
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores; load {load:.1f} at the start (figures hold where it is near 0)")
    print("", line(HEAD), line("---" for _ in HEAD), sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        most = folder_without(LATE, base / "publications")
        measure("definitions load", DEFINITIONS, base / "none")
        measure("cold, all but one publication", taking(most), base / "home")
        measure("one new vintage", taking(PUBLICATIONS), base / "home")
        measure("nothing new", taking(PUBLICATIONS), base / "home")
        measure("cold, all publications", taking(PUBLICATIONS), base / "cold")


def taking(publications: Path) -> list[str]:
    """The command that takes a folder of publications."""
    return [BORDER, "run", "--source", str(publications)]


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


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


def measure(title: str, command: list[str], home: Path) -> None:
    """Run one command in a home and print its row."""
    before, started = _cpu_seconds(), time.monotonic()
    peak, largest = 0, 0
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.Popen(
            command, env=os.environ | {"BORDER_HOME": str(home)}, stdout=said, stderr=said
        )
        while run.poll() is None:
            sizes = memory_of_tree(run.pid)
            peak, largest = max(peak, sum(sizes)), max(largest, *sizes, 0)
            time.sleep(INTERVAL)
        seconds = time.monotonic() - started
        said.seek(0)
        stages = [text for text in said.read().splitlines() if text.startswith("seconds: ")]
    cells = (
        title,
        f"{seconds:.1f}",
        f"{_cpu_seconds() - before:.1f}",
        f"{peak / 1e6:,.0f}",
        f"{largest / 1e6:,.0f}",
        str(run.returncode),
        stages[0].removeprefix("seconds: ") if stages else "",
    )
    print(line(cells), flush=True)


def memory_of_tree(root: int) -> list[int]:
    """Resident bytes of a process and of all below it, by process.

    Pages that processes share (libraries) are counted in each, so that the sum is rather too high.
    """
    parents, sizes = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # pid (name) state parent ... rss is the 24th field; a name may hold blanks
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        parents[int(entry.name)], sizes[int(entry.name)] = int(fields[1]), int(fields[21]) * PAGE
    tree, young = set(), {root}
    while young:
        tree |= young
        young = {pid for pid, parent in parents.items() if parent in young}
    return [sizes[pid] for pid in tree if pid in sizes]


def _cpu_seconds() -> float:
    """CPU seconds of all children that have ended, and of their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
