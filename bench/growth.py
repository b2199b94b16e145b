"""How runs grow with the number of vintages, beside a plain DuckDB script, as a Markdown table.

    python bench/growth.py [--times 10 100]

A cold run on the sample, then on N times its vintages (more_vintages.py), each beside
plain_duckdb.py on the same files. A growth exponent of 1 means: ten times as much, ten times as
long; 2 would mean a hundred times. It fails if the script's marts and ours differ.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
from measured import Measured, line, machine, measure, taking
from more_vintages import publications

from orchestration.mirror.sample import write_publications

PLAIN = Path(__file__).with_name("plain_duckdb.py")
#: marts of the script, and what is summed up to compare them
MARTS = {
    "encounters": "encounter_count",
    "encounters_by_area": "encounter_count",
    "encounters_by_state": "encounter_count",
    "apprehensions": "apprehension_count",
    "expulsions": "expulsion_count",
}


@dataclass(frozen=True)
class Size:
    """One size of the archive: a cold run on it, what it left behind, and the script's run."""

    times: int
    vintages: int
    input_bytes: int
    raw_rows: int
    run: Measured
    archive: int
    warehouse: int
    published: int
    border_duckdb: int
    script: Measured
    script_output: int


def main() -> None:
    """Measure each size, print the table, and say whether the figures are equal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, nargs="+", default=[10])
    all_times = [1, *parser.parse_args().times]
    print(machine(), flush=True)
    sizes = []
    for times in all_times:
        with tempfile.TemporaryDirectory() as folder:
            sizes.append(measured_size(times, Path(folder)))
    steps = list(pairwise(sizes))
    head = [
        "", *(f"{size.times}x" for size in sizes),
        *(f"exponent {a.times}x to {b.times}x" for a, b in steps),
    ]  # fmt: skip
    print("", line(head), line("---" for _ in head), sep="\n")
    for name, form, of in quantities():
        values = [of(size) for size in sizes]
        exponents = [exponent(of(a), of(b), b.times / a.times) for a, b in steps]
        print(line([name, *(form.format(value) for value in values), *exponents]))


def quantities() -> Iterator[tuple[str, str, Callable[[Size], float]]]:
    """Name, format and value of each row of the table."""
    yield "vintages", "{:,.0f}", lambda size: size.vintages
    yield "publications, MB", "{:,.1f}", lambda size: size.input_bytes / 1e6
    yield "raw rows", "{:,.0f}", lambda size: size.raw_rows
    yield "run, seconds", "{:.1f}", lambda size: size.run.seconds
    for stage in ("acquire", "load and judge", "build", "publish"):
        yield f"of these, {stage}", "{:.1f}", lambda size, s=stage: size.run.stages[s]
    yield "run, CPU seconds", "{:.1f}", lambda size: size.run.cpu_seconds
    yield "run, peak MB of all processes", "{:,.0f}", lambda size: size.run.peak / 1e6
    yield "archive, MB", "{:,.1f}", lambda size: size.archive / 1e6
    yield "warehouse.duckdb, MB", "{:,.1f}", lambda size: size.warehouse / 1e6
    yield "published version, MB", "{:,.1f}", lambda size: size.published / 1e6
    yield "border.duckdb in it, MB", "{:,.1f}", lambda size: size.border_duckdb / 1e6
    yield "script, seconds", "{:.1f}", lambda size: size.script.seconds
    yield "script, CPU seconds", "{:.1f}", lambda size: size.script.cpu_seconds
    yield "script, peak MB", "{:,.0f}", lambda size: size.script.peak / 1e6
    yield "script, MB of its file", "{:,.1f}", lambda size: size.script_output / 1e6
    yield "run to script, seconds", "{:.1f}", lambda size: size.run.seconds / size.script.seconds
    yield (
        "run to script, CPU seconds", "{:.1f}",
        lambda size: size.run.cpu_seconds / size.script.cpu_seconds,
    )  # fmt: skip
    yield "run to script, memory", "{:.1f}", lambda size: size.run.peak / size.script.peak
    yield (
        "border.duckdb to script's file", "{:.1f}",
        lambda size: size.border_duckdb / size.script_output,
    )  # fmt: skip


def exponent(before: float, after: float, times: float) -> str:
    """The power of the number of vintages with which a quantity grows."""
    return f"{math.log(after / before) / math.log(times):.2f}"


def measured_size(times: int, base: Path) -> Size:
    """Write the publications, run on them, run the script, compare the two."""
    folder, home, output = base / "publications", base / "home", base / "script.duckdb"
    write_publications(folder, publications(times))
    run = measure(taking(folder), home)
    # 3: the sample lacks tables that are not carried, which a folder's vintages are refused for
    if run.exit_code not in (0, 3):
        sys.exit(run.said)
    script = measure([sys.executable, str(PLAIN), str(folder), str(output)], home)
    if script.exit_code:
        sys.exit(script.said)
    border_duckdb = (home / "published" / "border.duckdb").resolve()
    compare(times, border_duckdb, output)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        vintages, raw_rows = warehouse.execute(
            "select count(distinct vintage_id), sum(rows) from ledger.vintage_tables"
        ).fetchall()[0]
    return Size(
        times, vintages, bytes_below(folder), raw_rows, run,
        bytes_below(home / "archive"), (home / "warehouse.duckdb").stat().st_size,
        bytes_of_version(home), border_duckdb.stat().st_size, script, output.stat().st_size,
    )  # fmt: skip


def compare(times: int, ours: Path, script: Path) -> None:
    """Print rows and total of each mart that both made; SystemExit where they differ."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours}' as ours (read_only)")
        connection.execute(f"attach '{script}' as script (read_only)")
        for mart, count in MARTS.items():
            found, plain = (
                connection.execute(f"select count(*), sum({count}) from {table}").fetchall()[0]  # noqa: S608
                for table in (f"ours.marts.{mart}", f"script.{mart}")
            )
            said = f"{times}x, {mart}: {found[0]:,} rows, {found[1]:,} in total"
            if found != plain:
                sys.exit(f"{said}; the script has {plain[0]:,} rows, {plain[1]:,}")
            print(f"{said}; the script's are equal", flush=True)


def bytes_of_version(home: Path) -> int:
    """Bytes of the one version that a cold run published."""
    (version,) = (entry for entry in (home / "published").iterdir() if entry.is_dir())
    return bytes_below(version)


def bytes_below(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
