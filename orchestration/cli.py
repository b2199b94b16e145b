"""The command `border`. Each command calls one function of the rooms below and prints its answer.

Dagster and dbt are imported only by the commands that run them: reading stays quick.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from orchestration.run import RunReport

app = typer.Typer(
    name="border",
    help="US border enforcement figures: every version ever published, checked, in DuckDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
#: where the output is not a terminal (a file, a pipe), lines need not fit 80 columns
WIDE = 160
console = Console(width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True)

#: exit code when something was refused or not reached, and the rest was published
PARTLY = 3


def _fail(message: object) -> typer.Exit:
    errors.print(f"[red]error[/red]: {escape(str(message))}", soft_wrap=True)
    return typer.Exit(1)


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
    from orchestration.mirror.source import Source, SourceError

    settings = Settings()
    chosen = (
        Source(source)
        if source in {"sample", "live"}
        else Source("folder", Path(source).absolute())
    )
    try:
        chosen.remember(settings)
    except SourceError as problem:
        raise _fail(problem) from None
    if chosen.folder and not (chosen.folder / "manifest.csv").is_file():
        raise _fail(
            f"{source}: found no manifest.csv; expected a folder of publications with one. "
            "Use --source sample, --source live, or such a folder."
        )
    prepare_home(settings)
    report = _executed("refresh", settings)
    _summary(report, settings, chosen.mode)
    raise typer.Exit(report.exit_code)


@app.command()
def rebuild() -> None:
    """Load, judge, build and publish again from the archive; no network."""
    from orchestration.home import prepare_home
    from orchestration.mirror.source import Source

    settings = Settings()
    prepare_home(settings)
    report = _executed("rebuild", settings)
    _summary(report, settings, Source.remembered(settings).mode)
    raise typer.Exit(report.exit_code)


def _executed(job: str, settings: Settings) -> "RunReport":
    from orchestration.assets.manifest import prepare_manifest

    with console.status("preparing"):
        try:
            prepare_manifest()
        except RuntimeError as problem:
            raise _fail(problem) from None
        from orchestration.run import execute
    return execute(job, settings)


def _summary(report: "RunReport", settings: Settings, mode: str) -> None:
    if mode == "sample":
        console.print(
            "[bold yellow]SAMPLE[/bold yellow] written by this project from published monthly "
            "totals; finer splits are modelled. Not for quotation."
        )
    table = Table(title="vintages", title_justify="left", box=box.SIMPLE)
    for column in ("series", "found", "new", "accepted", "quarantined", "rows"):
        table.add_column(column, justify="left" if column == "series" else "right")
    for series in report.found | report.accepted:
        counts = (report.found, report.new, report.accepted, report.quarantined, report.rows)
        table.add_row(series, *(f"{count[series]:,}" for count in counts))
    console.print(table)
    _quarantined(report)
    for error in report.errors:
        console.print(f"[yellow]not reached[/yellow] {escape(error)}", soft_wrap=True)
    for failure in report.failures:
        errors.print(f"[red]failed[/red] {escape(failure)}", soft_wrap=True)
    checks = report.checks
    console.print(
        f"checks: {checks['passed']:,} passed, {checks['warned']:,} warned, "
        f"{checks['failed']:,} failed"
    )
    console.print(
        "seconds: "
        + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())
    )
    _outcome(report, settings)


def _quarantined(report: "RunReport") -> None:
    """One line per table and rule; the ledger has them all."""
    by_rule: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for refused in report.quarantined_tables:
        rule = refused["reasons"][0].split(":", 1)[0]
        by_rule.setdefault((refused["table"], rule), []).append(refused)
    for (table, _rule), refusals in by_rule.items():
        more = f" (and {len(refusals) - 1} more vintages)" if len(refusals) > 1 else ""
        console.print(
            f"[yellow]quarantined[/yellow] {escape(table)} of {escape(refusals[0]['vintage'])}"
            f"{more}: {escape(refusals[0]['reasons'][0])}",
            soft_wrap=True,
        )
    if by_rule:
        console.print(
            'all of them: border query "select * from meta.vintage_tables '
            "where status = 'quarantined'\"",
            soft_wrap=True,
        )


def _outcome(report: "RunReport", settings: Settings) -> None:
    if report.exit_code == 1:
        errors.print("[red]nothing was published[/red]; the last good version keeps serving.")
        return
    if report.version_is_new:
        console.print(
            f"published [bold green]{report.version}[/bold green] "
            f"({report.published_rows:,} rows) at {settings.published / 'border.duckdb'}",
            soft_wrap=True,
        )
    else:
        console.print(f"nothing new: version [bold]{report.version}[/bold] stands")
    console.print(
        'next: border status; border query "select reference_month, encounters, expulsions, '
        "usbp_releases from marts.border_monthly where border_region = 'southwest' "
        'order by 1 desc limit 12"',
        soft_wrap=True,
    )


@app.command()
def status() -> None:
    """For each series: last vintage, coverage, accepted and quarantined, age."""
    from orchestration.warehouse.query import QueryError
    from orchestration.warehouse.status import series_status

    try:
        rows = series_status(Settings())
    except QueryError as problem:
        raise _fail(problem) from None
    table = Table(box=box.SIMPLE)
    for column in (
        "series",
        "last vintage",
        "covers to",
        "accepted",
        "quarantined",
        "age",
        "state",
    ):
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row.cells()))
    console.print(table)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="one SELECT; marts.* and meta.* are there to read")],
    rows: Annotated[int, typer.Option(help="rows to print at most")] = 50,
) -> None:
    """Ask the published version; reading only."""
    from orchestration.warehouse.query import QueryError, run_query

    try:
        answer = run_query(Settings(), sql)
    except QueryError as problem:
        raise _fail(problem) from None
    _print_rows(answer.columns, answer.rows[:rows])
    if len(answer.rows) > rows:
        console.print(f"{rows:,} of {len(answer.rows):,} rows; --rows N prints more")


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """As a table where it fits the width, else one column a line, record by record."""
    table = Table(*(escape(name) for name in columns), box=box.SIMPLE)
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    if _fits(columns, rows):
        console.print(table)
        return
    widest = max(map(len, columns))
    for number, row in enumerate(rows, start=1):
        console.rule(f"{number}", align="left")
        for name, cell in zip(columns, row, strict=True):
            shown = "" if cell is None else escape(str(cell))
            console.print(f"{escape(name):{widest}}  {shown}", soft_wrap=True)


def _fits(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    widths = [max(map(len, map(str, cells))) for cells in zip(columns, *rows, strict=True)]
    return sum(widths) + 2 * len(widths) <= console.width


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
        raise _fail(problem) from None


@app.command()
def ui(port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000) -> None:
    """The Dagster UI and daemon on this home."""
    from orchestration.assets.manifest import prepare_manifest
    from orchestration.home import prepare_home

    prepare_home(Settings())
    prepare_manifest()
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    raise typer.Exit(
        subprocess.run(command, cwd=PROJECT_ROOT, env=os.environ, check=False).returncode
    )
