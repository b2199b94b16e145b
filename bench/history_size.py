"""What a hundred vintages of one series take, beside one vintage: sizes, as a Markdown table.

    python bench/history_size.py [--times 100]

The series is CBP's encounters by state, the one with most rows: the sample's last file, then as
many files of the same months as it takes, each of which restates some of them.
"""

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path

import duckdb
from growth import bytes_below, bytes_of_version
from measured import line, machine, measure, taking
from more_vintages import publications

from orchestration.mirror.sample import write_publications
from orchestration.mirror.sample_cbp import POSTINGS

SERIES = "cbp_nationwide_encounters_state"
#: tables whose own size is told: the history of the series, and what is derived from it
TABLES = ("history.encounters_by_state", "history.reigns", "marts.revisions")

Row = tuple[str, str, float]  # name, format, value


def main() -> None:
    """Run on one vintage and on many, and print what each left behind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    print(machine(), flush=True)
    found = []
    for vintages in (1, times):
        with tempfile.TemporaryDirectory() as folder:
            found.append(list(sizes(vintages, Path(folder))))
    head = ["", "1 vintage", f"{times} vintages", "times as much"]
    print("", line(head), line("---" for _ in head), sep="\n")
    for (name, form, one), (_, _, many) in zip(*found, strict=True):
        times_as_much = f"{many / one:.1f}" if one else ""
        print(line([name, form.format(one), form.format(many), times_as_much]))


def sizes(vintages: int, base: Path) -> list[Row]:
    """Rows and bytes after a cold run on that many vintages."""
    folder, home = base / "publications", base / "home"
    of_series = (one for one in publications(vintages) if one.series == SERIES)
    earlier = len(POSTINGS) - 1  # files of fewer months
    write_publications(folder, islice(of_series, earlier, earlier + vintages))
    run = measure(taking(folder), home)
    if run.exit_code:
        sys.exit(run.said)
    border_duckdb, warehouse = home / "published" / "border.duckdb", home / "warehouse.duckdb"
    rows = [
        ("archive, MB", "{:,.1f}", bytes_below(home / "archive") / 1e6),
        ("warehouse.duckdb, MB", "{:,.1f}", warehouse.stat().st_size / 1e6),
        ("published version, MB", "{:,.1f}", bytes_of_version(home) / 1e6),
        ("border.duckdb in it, MB", "{:,.1f}", border_duckdb.stat().st_size / 1e6),
    ]
    return rows + [
        row
        for file, table in [(warehouse, f"raw.{SERIES}"), *((border_duckdb, t) for t in TABLES)]
        for row in size_of_table(file, table, base)
    ]


def size_of_table(file: Path, table: str, base: Path) -> list[Row]:
    """Rows of a table, and the bytes of a database file that holds nothing else."""
    alone = base / "alone.duckdb"
    alone.unlink(missing_ok=True)
    with duckdb.connect(str(alone)) as connection:
        connection.execute(f"attach '{file}' as source (read_only)")
        connection.execute(f"create table alone as from source.{table}")
        count = connection.table("alone").shape[0]
    return [
        (f"{table}, rows", "{:,.0f}", count),
        (f"{table} alone in a file, MB", "{:,.2f}", alone.stat().st_size / 1e6),
    ]


if __name__ == "__main__":
    main()
