"""What a person reads at the end of a run: what came, what was refused, and what to type next."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from orchestration.read.hostile_text import plain
from orchestration.run import RunReport
from orchestration.settings import Settings
from orchestration.terminal import console, errors
from orchestration.warehouse.quarantined import Refused

#: lines on quarantined tables in the summary of a run, and letters of a line's reasons
QUARANTINE_LINES = 12
REASON_LETTERS = 250


def print_summary(report: RunReport, settings: Settings, mode: str) -> None:
    """Vintages, what was refused and why, checks, seconds, the version, and what to type next."""
    if mode == "sample":
        console.print(
            "[bold yellow]SAMPLE[/bold yellow] written by this project from published monthly "
            "totals; finer splits are modelled. Not for quotation."
        )
    table = Table(title="vintages", title_justify="left", box=box.SIMPLE)
    for column in ("series", "found", "new", "accepted", "quarantined", "rows"):
        is_name = column == "series"  # a name stays whole, however narrow the terminal
        table.add_column(column, justify="left" if is_name else "right", no_wrap=is_name)
    for series in dict.fromkeys([*report.found, *report.accepted]):
        counts = (report.found, report.new, report.accepted, report.quarantined, report.rows)
        table.add_row(series, *(f"{count[series]:,}" for count in counts))
    console.print(table)
    _print_refused(report.refused)
    for error in dict.fromkeys(report.errors):
        console.print(f"[yellow]not reached[/yellow] {escape(error)}", soft_wrap=True)
    for failure in report.failures:
        errors.print(f"[red]failed[/red] {escape(failure)}", soft_wrap=True)
    console.print(f"checks: {_checks(report)}", soft_wrap=True)
    console.print(
        "seconds: "
        + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report.seconds.items())
    )
    _outcome(report, settings)


def _checks(report: RunReport) -> str:
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


def _print_refused(refused: Sequence[Refused]) -> None:
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


def _refused_line(group: Sequence[Refused]) -> str:
    """Table, vintage and every rule, each with the beginning of its reason."""

    first = group[0]
    rows = f" ({first.rows:,} rows)" if first.rows else ""
    of_table = f"{first.table}{rows} of " if first.table else ""
    more = f" (and {len(group) - 1:,} more vintages)" if len(group) > 1 else ""
    letters = REASON_LETTERS // max(1, len(first.reasons))
    reasons = " | ".join(plain(reason, letters) for reason in first.reasons)
    return f"{of_table}{plain(first.published_name)}{more}: {reasons}"


def _outcome(report: RunReport, settings: Settings) -> None:
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
