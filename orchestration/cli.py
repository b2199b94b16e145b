"""The command `border`. Each command calls one function of the rooms below and prints its answer.

Dagster and dbt are imported only by the commands that run them: reading stays quick.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from orchestration.big_imports import imports_that_stay
from orchestration.full_disk import REMEDY, is_full_disk
from orchestration.settings import PROJECT_ROOT, SettingError, Settings
from orchestration.terminal import console, errors, failure, print_rows

if TYPE_CHECKING:
    from orchestration.alerts.send import Sending
    from orchestration.alerts.standing import FailedRun
    from orchestration.mirror.source import Source


class _Commands(TyperGroup):
    """All commands; a setting that cannot be, or a full disk, ends any of them with one error."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SettingError as problem:
            raise failure(problem) from None
        except Exception as problem:
            if not is_full_disk(problem):
                raise
            raise failure(f"{problem}. {REMEDY}") from None


app = typer.Typer(
    name="border",
    cls=_Commands,
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
    *,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m"], help="publications of this month, and later"),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m"], help="... up to this month")
    ] = None,
) -> None:
    """Take publications, judge them, build the tables and publish a version.

    Of every publication month, or of those from --from to --to.

    Exit code 0: all good; 3: published, but something was quarantined or not reached;
    1: nothing was published.
    """
    from orchestration.home import prepare_home

    settings = Settings()
    chosen = _chosen_source(source, settings)
    prepare_home(settings)
    raise _executed("refresh", settings, chosen, (first, last))


def _chosen_source(text: str, settings: Settings) -> "Source":
    """The source that a person named; refused where it cannot serve. The home keeps its own."""
    from orchestration.mirror.manifest import ManifestError, read_manifest
    from orchestration.mirror.source import Source

    chosen = Source(text) if text in {"sample", "live"} else Source("folder", Path(text).absolute())
    try:
        if chosen.folder:
            read_manifest(chosen.folder)
    except ManifestError as problem:
        raise failure(
            f"{problem}\nUse --source sample, --source live, or a folder of publications."
        ) from None
    if refusal := chosen.refusal(settings):
        raise failure(refusal)
    return chosen


@app.command()
def rebuild(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="into a file of its own, as all would have been on this day"
        ),
    ] = None,
) -> None:
    """Load, judge, build and publish again from the archive; no network.

    With --as-of nothing is published: the tables of that day lie in rebuilt/ in the home.
    """
    from orchestration.home import prepare_home

    settings = Settings()
    prepare_home(settings)
    if as_of is not None:
        raise _rebuilt_as_of(settings, as_of.date())
    raise _executed("rebuild", settings)


def _rebuilt_as_of(settings: Settings, day: date) -> typer.Exit:
    """Rebuild and print where the file lies; raise what this returns: the exit code."""
    from orchestration.warehouse.connection import WarehouseBusyError
    from orchestration.warehouse.known_then import UnknownThenError
    from orchestration.warehouse.versions import PublishingError

    with console.status("rebuilding"):
        try:
            from orchestration.assets.rebuilt import rebuild_as_of

            rebuilt = rebuild_as_of(settings, day)
        except (RuntimeError, WarehouseBusyError, UnknownThenError, PublishingError) as problem:
            raise failure(problem) from None
    for line in rebuilt.damaged:
        console.print(f"not read: {escape(line)}", soft_wrap=True)
    console.print(
        f"as of {day}: {rebuilt.vintages:,} vintages, {rebuilt.rows:,} rows\n"
        f"{escape(str(rebuilt.path))}\n"
        f"open it in Python: duckdb.connect({escape(repr(str(rebuilt.path)))}, read_only=True)",
        soft_wrap=True,
    )
    return typer.Exit(3 if rebuilt.damaged else 0)


def _executed(
    job: str,
    settings: Settings,
    source: "Source | None" = None,
    months: tuple[datetime | None, datetime | None] = (None, None),
) -> typer.Exit:
    """Run the job and print what came of it; raise what this returns: the exit code.

    ``source``: the one that the home takes from, from this run on; None leaves it as it is.
    ``months``: the first and the last; of every month where both are None.
    """
    from orchestration.log import events
    from orchestration.mirror.source import Source, SourceError
    from orchestration.warehouse.connection import WarehouseBusyError
    from orchestration.warehouse.versions import rolled_back_from

    with console.status("preparing"), imports_that_stay():  # parses the dbt project if it changed
        try:
            from orchestration.run import execute
            from orchestration.run_summary import print_summary

            tags = _month_tags(*months)
        except (RuntimeError, ValueError) as problem:
            raise failure(problem) from None
    rolled_back = rolled_back_from(settings)
    try:
        report = execute(job, settings, tags, source)
    except (WarehouseBusyError, SourceError) as problem:
        events(settings).warning("command ended", job=job, exit=1, error=str(problem))
        raise failure(problem) from None
    mode = Source.remembered(settings).mode
    events(settings).info(
        "command ended",
        run_id=report.run_id,
        job=job,
        source_mode=mode,
        exit=report.exit_code,
        seconds=round(sum(report.seconds.values()), 3),
        version=report.version,
        is_new_version=report.version_is_new,
    )
    print_summary(report, settings, mode)
    _print_rollback(settings, rolled_back)
    if settings.alert_urls:
        _print_sending(_send_alerts(settings))
    return typer.Exit(report.exit_code)


def _send_alerts(settings: Settings) -> "Sending":
    from orchestration.alerts.send import send_due

    return send_due(settings, _failed_runs(settings))


def _failed_runs(settings: Settings) -> "list[FailedRun]":
    """Those of the home's Dagster instance; none where no run was ever started."""
    if not settings.dagster_home.is_dir():
        return []
    from dagster import DagsterInstance

    from orchestration.failed_runs import failed_runs
    from orchestration.home import prepare_home

    prepare_home(settings)
    with DagsterInstance.get() as instance:
        return failed_runs(instance)


def _print_sending(sending: "Sending") -> None:
    from orchestration.read.hostile_text import plain

    for text in sending.sent:
        console.print(f"alert sent: {escape(text.title)}", soft_wrap=True)
    for problem in sending.problems:
        errors.print(f"[yellow]alert[/yellow] {escape(plain(problem, 1000))}", soft_wrap=True)


def _month_tags(first: datetime | None, last: datetime | None) -> dict[str, str]:
    from orchestration.automation import every_month, months_between

    if first is None and last is None:
        return every_month()
    if first is None:
        raise ValueError("found --to alone; expected --from MONTH beside it.")
    return months_between(first, last or datetime.now(UTC))


def _print_rollback(settings: Settings, before: str | None) -> None:
    """Where an older version was shown on purpose: that it still is, or that this run ended that.

    ``before``: ``rolled_back_from`` before the run.
    """
    from orchestration.warehouse.versions import rolled_back_from

    if before is None:
        return
    if rolled_back_from(settings):
        said = f"rolled back from {before}, and nothing new: `border rollback {before}` ends that"
    else:
        said = f"the rollback from {before} has ended: this run published something new"
    console.print(f"[yellow]{said}[/yellow]", soft_wrap=True)


@app.command()
def status(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="that, the last run, quarantines and disk use, as JSON")
    ] = False,
) -> None:
    """For each series: last vintage, coverage, accepted and quarantined, age."""
    import json

    from orchestration.warehouse.query import QueryError
    from orchestration.warehouse.status import series_status

    settings = Settings()
    if as_json:
        from orchestration.warehouse.home_status import status_document

        document = status_document(settings)
        typer.echo(json.dumps(document, indent=2))
        if document["version"] is not None:
            return
    try:
        rows = series_status(settings)
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


class Format(StrEnum):
    """How `border query` gives its answer."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="one SELECT; marts.* and meta.* are there to read")],
    *,
    rows: Annotated[int, typer.Option(help="rows of a table to print at most")] = 50,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="the marts as they were known on this day"),
    ] = None,
    kind: Annotated[
        Format, typer.Option("--format", help="a table to look at, or all rows as a file")
    ] = Format.table,
    output: Annotated[
        Path | None, typer.Option(help="file for csv, json or parquet, else they are printed")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="ask the private tables raw.* and ledger.* instead")
    ] = False,
) -> None:
    """Ask the published version; reading only."""
    from orchestration.warehouse.connection import WarehouseBusyError
    from orchestration.warehouse.query import QueryError, run_query

    day = as_of.date() if as_of else None
    try:
        if kind is not Format.table:
            from orchestration.warehouse.answer import write_answer

            if output is None and kind is Format.parquet and sys.stdout.isatty():
                raise QueryError("parquet is no text; expected --output FILE or a pipe.")
            write_answer(Settings(), sql, kind, output or sys.stdout.buffer, as_of=day, raw=raw)
            return
        if output is not None:
            raise QueryError("found --output and a table; expected --format csv, json or parquet.")
        answer = run_query(Settings(), sql, day, raw)
    except (QueryError, WarehouseBusyError) as problem:
        raise failure(problem) from None
    print_rows(answer.columns, answer.rows[:rows])
    if len(answer.rows) > rows:
        console.print(f"{rows:,} of {len(answer.rows):,} rows; --rows N prints more")


@app.command()
def versions() -> None:
    """The published versions, newest first."""
    from orchestration.warehouse.versions import list_versions, rolled_back_from

    settings = Settings()
    newest = rolled_back_from(settings)
    table = Table(box=box.SIMPLE)
    for column in ("version", "published", "source", "rows", ""):
        table.add_column(column)
    for version in list_versions(settings):
        state = "current" if version.is_current else ""
        table.add_row(
            version.version,
            f"{version.built_at:%Y-%m-%d %H:%M}",
            version.source_mode,
            f"{version.rows:,}",
            f"{state}, rolled back from {newest}" if state and newest else state,
        )
    console.print(table)


@app.command()
def diff(
    before: Annotated[
        str | None, typer.Argument(help="a published version; else the one before the other")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(help="another; else the one that readers have")
    ] = None,
    *,
    largest: Annotated[int, typer.Option(min=0, help="changes to list as the largest")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="all of it as one JSON document")] = False,
) -> None:
    """What two published versions differ in: figures, labels, vintages, tables."""
    import json

    from orchestration.difference_summary import print_difference
    from orchestration.warehouse.difference import DifferenceError, as_document, compare_versions
    from orchestration.warehouse.query import QueryError

    try:
        found = compare_versions(Settings(), before, after, largest)
    except (DifferenceError, QueryError) as problem:
        raise failure(problem) from None
    if as_json:
        typer.echo(json.dumps(as_document(found), indent=2))
    else:
        print_difference(found, largest)


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="a version that `border versions` lists")],
) -> None:
    """Show readers an older version again, until a run accepts something new; deletes nothing."""
    from orchestration.warehouse.connection import WarehouseBusyError
    from orchestration.warehouse.versions import PublishingError, rolled_back_from
    from orchestration.warehouse.versions import rollback as roll_back

    settings = Settings()
    try:
        roll_back(settings, version)
    except (PublishingError, WarehouseBusyError) as problem:
        raise failure(problem) from None
    newest = rolled_back_from(settings)
    stands = f"until something new is accepted; {newest} is kept" if newest else "the newest"
    console.print(f"readers see version [bold]{version}[/bold]: {stands}", soft_wrap=True)


@app.command()
def publish(
    to: Annotated[str, typer.Option(help="postgresql://USER@HOST:PORT/DATABASE")],
    reader: Annotated[
        str | None, typer.Option(help="a role there that may read marts.* and meta.*")
    ] = None,
) -> None:
    """Load the current version into a PostgreSQL database, for tools that read no DuckDB file."""
    from orchestration.warehouse.postgres import PostgresError, publish_to_postgres
    from orchestration.warehouse.query import QueryError

    try:
        with console.status("publishing"):
            loaded = publish_to_postgres(Settings(), to, reader)
    except (PostgresError, QueryError) as problem:
        raise failure(problem) from None
    rows = f"{sum(loaded.rows.values()):,} rows" if loaded.rows else "loaded before"
    console.print(
        f"marts.* and meta.* show version [bold green]{loaded.version}[/bold green] "
        f"({rows}, schema {loaded.schema})",
        soft_wrap=True,
    )
    for schema in loaded.dropped:
        console.print(f"dropped {schema}")
    for schema, why in loaded.kept.items():
        console.print(f"[yellow]kept {escape(schema)}[/yellow]: {escape(why)}", soft_wrap=True)


@app.command()
def site(
    output: Annotated[
        Path | None, typer.Option(help="write it to this folder; links lead back to the version")
    ] = None,
) -> None:
    """Where the web page of the current version lies; with --output, write it there."""
    from orchestration.site.write import SiteError, current_folder, published_site, write_site_to
    from orchestration.warehouse.query import QueryError

    settings = Settings()
    try:
        if output is None:
            front = published_site(settings)
        else:
            front = write_site_to(current_folder(settings), output)
    except (SiteError, QueryError) as problem:
        raise failure(problem) from None
    console.print(escape(str(front.absolute())), soft_wrap=True)


@app.command()
def alerts(
    *,
    test: Annotated[
        bool, typer.Option("--test", help="send one message that is only a test")
    ] = False,
) -> None:
    """Send what is due to the receivers of BORDER_ALERT_URL; exit code 1: something was not taken.

    Where none is set, nothing is sent: what a new receiver would be told is printed.
    """
    from orchestration.alerts.send import NOBODY, first_texts, send_test

    settings = Settings()
    if not settings.alert_urls:
        if test:
            raise failure(f"{NOBODY}. Set it to a URL in the syntax of apprise.")
        for text in first_texts(settings, _failed_runs(settings)):
            console.print(f"[bold]{escape(text.title)}[/bold]\n{escape(text.body)}\n",
                          soft_wrap=True)  # fmt: skip
        console.print(NOBODY)
        return
    sending = send_test(settings) if test else _send_alerts(settings)
    _print_sending(sending)
    if not sending.sent and not sending.problems:
        console.print("nothing to tell: the receivers know how things stand")
    raise typer.Exit(1 if sending.problems else 0)


@app.command()
def mirror(
    folder: Annotated[Path, typer.Argument(help="a folder of publications with a manifest.csv")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="port on 127.0.0.1; 0 takes a free one")
    ] = 8765,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="NAME:PATTERN, a fault to show at these paths: status-403:*-state.csv"),
    ] = None,
) -> None:
    """Serve a folder of publications on this machine as if it were the agencies' sites."""
    from orchestration.mirror.faults import FaultError, FaultyMirror, Shown
    from orchestration.mirror.manifest import ManifestError
    from orchestration.mirror.serve import PortError, serve_forever
    from orchestration.series.catalog import SERIES

    try:
        site = FaultyMirror(folder, SERIES, port, *map(Shown.parse, fault or []))
    except (FaultError, ManifestError, PortError) as problem:
        raise failure(problem) from None
    serve_forever(site, lambda url: console.print(escape(f"{folder} at {url}"), soft_wrap=True))


@app.command()
def verify() -> None:
    """Check every archived file against its sha256 and its sidecar; exit code 1: damage."""
    from orchestration.acquire.verify import verify_archive

    settings = Settings()
    verified = verify_archive(settings)
    for damage in verified.damages:
        console.print(f"[red]damaged[/red] {escape(str(damage))}", soft_wrap=True)
    console.print(
        f"{verified.vintages:,} vintages, {verified.bytes:,} bytes in {settings.archive}: "
        + (f"{len(verified.damages):,} damages" if verified.damages else "all as archived"),
        soft_wrap=True,
    )
    raise typer.Exit(1 if verified.damages else 0)


class Part(StrEnum):
    """One of the two that `border ui` starts together."""

    webserver = "webserver"
    daemon = "daemon"


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000,
    only: Annotated[
        Part | None, typer.Option(help="one of the two alone, each as a service of its own")
    ] = None,
) -> None:
    """The Dagster UI on this home, and the daemon that runs the schedules."""
    import orchestration.automation  # noqa: F401  (a cron that is none is told here, not by Dagster)
    from orchestration.assets.manifest import prepare_manifest
    from orchestration.home import prepare_home
    from orchestration.mirror.source import Source

    settings = Settings()
    prepare_home(settings)
    try:
        prepare_manifest()
    except RuntimeError as problem:
        raise failure(problem) from None
    if only is not Part.webserver:
        _free_the_queue(settings)
        if refusal := Source.remembered(settings).refusal(settings):
            console.print(f"[yellow]no schedule runs yet[/yellow]: {escape(refusal)}")
    where = ["-w", "workspace.yaml"]
    listening = ["-h", "127.0.0.1", "-p", str(port)]
    program, *arguments = {
        None: ["dagster", "dev", *where, *listening],
        Part.webserver: ["dagster-webserver", *where, *listening],
        Part.daemon: ["dagster-daemon", "run", *where],
    }[only]
    os.chdir(PROJECT_ROOT)
    path = str(Path(sys.executable).with_name(program))
    # in this process, so that who ends it ends the web server and the daemon
    os.execv(path, [path, *arguments])  # noqa: S606


def _free_the_queue(settings: Settings) -> None:
    """Close the runs of a machine that went down: none of them goes on."""
    import dagster as dg

    from orchestration.turn import close_dead_runs

    with dg.DagsterInstance.get() as instance:
        for run_id in close_dead_runs(instance, settings):
            console.print(f"run {run_id} had ended with its process: it is closed as failed")
