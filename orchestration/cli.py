"""The command `border`. Each command calls one function of the rooms below and prints its answer.

Dagster and dbt are imported only by the commands that run them: reading stays quick.
"""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.terminal import console, failure, print_rows

if TYPE_CHECKING:
    from orchestration.mirror.source import Source
    from orchestration.run import RunReport

app = typer.Typer(
    name="border",
    help="US border enforcement figures: every version ever published, checked, in DuckDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def run(
    source: Annotated[
        str,
        typer.Option(
            help="'sample' (bundled), 'live' (the agencies), or a folder with a manifest.csv"
        ),
    ] = "sample",
) -> None:
    """Take publications, judge them, build the tables and publish a version.

    Exit code 0: all good; 3: published, but something was quarantined or not reached;
    1: nothing was published.
    """
    from orchestration.home import prepare_home

    settings = Settings()
    chosen = _chosen_source(source, settings)
    prepare_home(settings)
    report, print_summary = _executed("refresh", settings)
    print_summary(report, settings, chosen.mode)
    raise typer.Exit(report.exit_code)


def _chosen_source(text: str, settings: Settings) -> "Source":
    """The source that a person named, remembered for this home; refused where it cannot serve."""
    from orchestration.mirror.manifest import ManifestError, read_manifest
    from orchestration.mirror.source import Source, SourceError

    chosen = Source(text) if text in {"sample", "live"} else Source("folder", Path(text).absolute())
    try:
        if chosen.folder:
            read_manifest(chosen.folder)
        chosen.remember(settings)
    except ManifestError as problem:
        raise failure(
            f"{problem}\nUse --source sample, --source live, or a folder of publications."
        ) from None
    except SourceError as problem:
        raise failure(problem) from None
    return chosen


@app.command()
def rebuild() -> None:
    """Load, judge, build and publish again from the archive; no network."""
    from orchestration.home import prepare_home
    from orchestration.mirror.source import Source

    settings = Settings()
    prepare_home(settings)
    report, print_summary = _executed("rebuild", settings)
    print_summary(report, settings, Source.remembered(settings).mode)
    raise typer.Exit(report.exit_code)


def _executed(job: str, settings: Settings) -> "tuple[RunReport, Callable[..., None]]":
    """The report of a run, and what prints it."""
    from orchestration.warehouse.connection import WarehouseBusyError

    with console.status("preparing"):  # parses the dbt project where that changed
        try:
            from orchestration.run import execute
            from orchestration.run_summary import print_summary
        except RuntimeError as problem:
            raise failure(problem) from None
    try:
        return execute(job, settings), print_summary
    except WarehouseBusyError as problem:
        raise failure(problem) from None


@app.command()
def status() -> None:
    """For each series: last vintage, coverage, accepted and quarantined, age."""
    from orchestration.warehouse.query import QueryError
    from orchestration.warehouse.status import series_status

    try:
        rows = series_status(Settings())
    except QueryError as problem:
        raise failure(problem) from None
    cells = [row.cells() for row in rows]
    table = _status_table(cells, console.width)
    if table:
        console.print(table)
    else:
        print_rows(STATUS_COLUMNS, cells)


STATUS_COLUMNS = ("series", "last vintage", "covers to", "accepted", "quarantined", "age", "state")


def _status_table(cells: Sequence[Sequence[str]], width: int) -> Table | None:
    """Two lines a series, the last vintage below its name, the state below its age.

    Only the last vintage is cut where it must; None where even so the rest does not fit the width.
    """
    headers = ("series\n  last vintage", *STATUS_COLUMNS[2:5], "age\nstate")
    figures = [
        (covers, accepted, quarantined, f"{age}\n{state}")
        for _, _, covers, accepted, quarantined, age, state in cells
    ]
    widths = [
        max(len(line) for cell in column for line in cell.splitlines())
        for column in zip(headers[1:], *figures, strict=True)
    ]
    room = width - sum(widths) - 2 * len(headers)
    if room < max(len(series) for series, *_ in cells):
        return None
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(headers[0], no_wrap=True, width=room)
    for header in headers[1:]:
        table.add_column(header, justify="right", no_wrap=True)
    for (series, last, *_), row in zip(cells, figures, strict=True):
        shown = last if len(last) <= room - 2 else f"{last[: room - 3]}…"
        table.add_row(f"{escape(series)}\n  {escape(shown)}", *map(escape, row))
    return table


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="one SELECT; marts.* and meta.* are there to read")],
    rows: Annotated[int, typer.Option(help="rows to print at most")] = 50,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="the marts as they were known on this day"),
    ] = None,
) -> None:
    """Ask the published version; reading only."""
    from orchestration.warehouse.query import QueryError, run_query

    try:
        answer = run_query(Settings(), sql, as_of.date() if as_of else None)
    except QueryError as problem:
        raise failure(problem) from None
    print_rows(answer.columns, answer.rows[:rows])
    if len(answer.rows) > rows:
        console.print(f"{rows:,} of {len(answer.rows):,} rows; --rows N prints more")


@app.command()
def versions() -> None:
    """The published versions, newest first."""
    from orchestration.warehouse.versions import list_versions

    table = Table(box=box.SIMPLE)
    for column in ("version", "published", "source", "rows", ""):
        table.add_column(column)
    for version in list_versions(Settings()):
        table.add_row(
            version.version,
            f"{version.built_at:%Y-%m-%d %H:%M}",
            version.source_mode,
            f"{version.rows:,}",
            "current" if version.is_current else "",
        )
    console.print(table)


@app.command()
def mirror(
    folder: Annotated[Path, typer.Argument(help="a folder of publications with a manifest.csv")],
    port: Annotated[int, typer.Option(help="port on 127.0.0.1; 0 takes a free one")] = 8765,
) -> None:
    """Serve a folder of publications on this machine as if it were the agencies' sites."""
    from orchestration.mirror.manifest import ManifestError
    from orchestration.mirror.serve import serve_forever
    from orchestration.series.catalog import SERIES

    try:
        serve_forever(folder, port, SERIES, lambda url: console.print(f"{folder} at {url}"))
    except ManifestError as problem:
        raise failure(problem) from None


@app.command()
def ui(port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000) -> None:
    """The Dagster UI and daemon on this home."""
    from orchestration.assets.manifest import prepare_manifest
    from orchestration.home import prepare_home

    prepare_home(Settings())
    try:
        prepare_manifest()
    except RuntimeError as problem:
        raise failure(problem) from None
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(PROJECT_ROOT)
    # in this process, so that who ends it ends the web server and the daemon
    os.execv(dagster, command)  # noqa: S606
