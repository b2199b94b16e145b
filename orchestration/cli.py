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
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from orchestration.mirror.source import Source
    from orchestration.run import Refused, RunReport

app = typer.Typer(
    name="border",
    help="US border enforcement figures: every version ever published, checked, in DuckDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
#: where the output is not a terminal (a file, a pipe), lines need not fit 80 columns
WIDE = 160
console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE)
errors = Console(stderr=True)

#: exit code when something was refused or not reached, and the rest was published
PARTLY = 3

#: lines on quarantined tables in the summary of a run, and letters of a line's reasons
QUARANTINE_LINES = 12
REASON_LETTERS = 250


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

    settings = Settings()
    chosen = _chosen_source(source, settings)
    prepare_home(settings)
    report = _executed("refresh", settings)
    _summary(report, settings, chosen.mode)
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
        raise _fail(
            f"{problem}\nUse --source sample, --source live, or a folder of publications."
        ) from None
    except SourceError as problem:
        raise _fail(problem) from None
    return chosen


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
    from orchestration.warehouse.connection import WarehouseBusyError

    execute = _prepared()
    try:
        return execute(job, settings)
    except WarehouseBusyError as problem:
        raise _fail(problem) from None


def _prepared() -> "Callable[[str, Settings], RunReport]":
    """Import what runs, which parses the dbt project where that changed."""
    with console.status("preparing"):
        try:
            from orchestration.run import execute
        except RuntimeError as problem:
            raise _fail(problem) from None
    return execute


def _summary(report: "RunReport", settings: Settings, mode: str) -> None:
    if mode == "sample":
        console.print(
            "[bold yellow]SAMPLE[/bold yellow] written by this project from published monthly "
            "totals; finer splits are modelled. Not for quotation."
        )
    table = Table(title="vintages", title_justify="left", box=box.SIMPLE)
    for column in ("series", "found", "new", "accepted", "quarantined", "rows"):
        table.add_column(column, justify="left" if column == "series" else "right")
    for series in dict.fromkeys([*report.found, *report.accepted]):
        counts = (report.found, report.new, report.accepted, report.quarantined, report.rows)
        table.add_row(series, *(f"{count[series]:,}" for count in counts))
    console.print(table)
    _print_refused(report.refused)
    for error in report.errors:
        console.print(f"[yellow]not reached[/yellow] {escape(error)}", soft_wrap=True)
    for failure in report.failures:
        errors.print(f"[red]failed[/red] {escape(failure)}", soft_wrap=True)
    console.print(f"checks: {_checks(report)}", soft_wrap=True)
    console.print(
        "seconds: "
        + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())
    )
    _outcome(report, settings)


def _checks(report: "RunReport") -> str:
    """Who judged what in this run: acquire the series, the gate publications, dbt our logic."""
    judges = {
        "acquire": "series reached",
        "gate": "readers and Great Expectations",
        "dbt": "tests of the models",
    }
    lines = []
    for judge, what in judges.items():
        verdicts = [(report.checks[judge, it], it) for it in ("passed", "warned", "failed")]
        if any(count for count, _ in verdicts):
            counted = ", ".join(f"{count:,} {verdict}" for count, verdict in verdicts)
            lines.append(f"{judge} ({what}) {counted}")
    return "; ".join(lines) or "none; there was nothing to judge"


def _print_refused(refused: "Sequence[Refused]") -> None:
    """One line per series, table and set of rules; the ledger has them all."""
    alike: dict[tuple[str, str | None, tuple[str, ...]], list[Refused]] = {}
    for one in refused:
        rules = tuple(dict.fromkeys(reason.split(":", 1)[0] for reason in one.reasons))
        alike.setdefault((one.series, one.table, rules), []).append(one)
    for group in list(alike.values())[:QUARANTINE_LINES]:
        console.print(f"[yellow]quarantined[/yellow] {escape(_refused_line(group))}",
                      soft_wrap=True)  # fmt: skip
    if len(alike) > QUARANTINE_LINES:
        console.print(f"and {len(alike) - QUARANTINE_LINES:,} more kinds")
    if alike:
        console.print(
            f'all {len(refused):,}: border query "from meta.vintage_tables where status = '
            "'quarantined'\", and meta.vintages likewise",
            soft_wrap=True,
        )


def _refused_line(group: "Sequence[Refused]") -> str:
    """Table, vintage and every rule, each with the beginning of its reason."""
    from orchestration.read.hostile_text import plain

    first = group[0]
    rows = f" ({first.rows:,} rows)" if first.rows else ""
    of_table = f"{first.table}{rows} of " if first.table else ""
    more = f" (and {len(group) - 1:,} more vintages)" if len(group) > 1 else ""
    letters = REASON_LETTERS // max(1, len(first.reasons))
    reasons = " | ".join(plain(reason, letters) for reason in first.reasons)
    return f"{of_table}{plain(first.published_name)}{more}: {reasons}"


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
        'next: border status; border query "select reference_month, encounter_count, '
        "expulsion_count, usbp_release_count from marts.border_monthly "
        "where border_region = 'southwest' order by 1 desc limit 12\"",
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
    cells = [row.cells() for row in rows]
    table = _status_table(cells, console.width)
    if table:
        console.print(table)
    else:
        _print_rows(STATUS_COLUMNS, cells)


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
    try:
        prepare_manifest()
    except RuntimeError as problem:
        raise _fail(problem) from None
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(PROJECT_ROOT)
    # in this process, so that who ends it ends the web server and the daemon
    os.execv(dagster, command)  # noqa: S606
