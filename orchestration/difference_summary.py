"""What `border diff` prints for people: the difference of two versions, agencies' changes first."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from orchestration.read.hostile_text import plain
from orchestration.terminal import console
from orchestration.warehouse import difference_words as words
from orchestration.warehouse.difference import Difference
from orchestration.warehouse.package import BANNERS

#: lines of one list, and letters of a line
LISTED = 20
LETTERS = 300


def print_difference(difference: Difference, largest: int) -> None:
    """Print it; ``largest``: changes to show of the revisions, and of the figures of all marts."""
    before, after = difference.before, difference.after
    assert before is not None
    for name, about in (("before", before), ("after", after)):
        built = f"built {about.built_at:%Y-%m-%d %H:%M} UTC"
        mode = escape(BANNERS.get(about.source_mode, about.source_mode))
        console.print(f"{name:<6}  [bold]{escape(about.version)}[/bold]  {built}  {mode}",
                      soft_wrap=True)  # fmt: skip
    if difference.is_empty:
        console.print("\nThe two versions say the same.")
        return
    _print_revisions(difference, largest)
    _print_figures(difference, largest)
    _print_list("labels", words.label_lines(difference))
    _print_list("new labels, as the readers say",
                map(words.label_warning_line, difference.label_warnings))  # fmt: skip
    _print_list("new vintages", map(words.vintage_line, difference.vintages_new))
    _print_list("vintages no longer held", map(words.vintage_line, difference.vintages_gone))
    _print_list("newly quarantined", map(words.quarantined_line, difference.newly_quarantined))
    _print_list("no longer quarantined",
                map(words.quarantined_line, difference.no_longer_quarantined))  # fmt: skip
    _print_list("sources replaced", words.source_lines(difference))
    _print_tables(difference)


def _print_revisions(difference: Difference, largest: int) -> None:
    table = _table("revised by the agencies (months that were over, totals left out)",
                   ("series", "published table", "kind"), ("figures", "net", "gross"))  # fmt: skip
    for one in difference.revisions.counts:
        table.add_row(
            escape(plain(one.series)), escape(plain(one.table_name)), one.kind, f"{one.count:,}",
            words.signed(one.net), words.amount(one.gross),
        )  # fmt: skip
    _print_table(table)
    lines = [words.revision_line(one) for one in difference.revisions.largest[:largest]]
    _print_list("largest revisions", lines)
    _print_list("redefined", words.redefinitions(difference))


def _print_figures(difference: Difference, largest: int) -> None:
    table = _table("changed figures of the tables", ("table", "kind"), ("figures", "net", "gross"))
    for figures in difference.figures:
        for one in figures.kinds:
            table.add_row(
                escape(plain(figures.table)), one.kind, f"{one.count:,}",
                words.signed(one.net), words.amount(one.gross),
            )  # fmt: skip
    _print_table(table)
    for line in words.kind_lines(difference):
        console.print(f"  {line}", soft_wrap=True)
    cells = words.largest_cells(difference, largest)
    _print_list("largest changes of figures", [words.cell_line(*one) for one in cells])
    _print_list("figures not compared", words.not_compared_lines(difference))


def _print_tables(difference: Difference) -> None:
    table = _table("tables", ("table",), ("rows before", "rows after", "change"))
    columns = []
    for one in difference.tables:
        if one.rows_before != one.rows_after:
            both = one.rows_before is not None and one.rows_after is not None
            change = words.signed((one.rows_after or 0) - (one.rows_before or 0)) if both else "-"
            rows = (words.amount(one.rows_before), words.amount(one.rows_after), change)
            table.add_row(escape(plain(one.table)), *rows)
        columns += [f"{one.table}: new column {name}" for name in one.columns_added]
        columns += [f"{one.table}: column {name} is gone" for name in one.columns_removed]
    _print_table(table)
    _print_list("columns", columns)


def _table(title: str, texts: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", box=box.SIMPLE)
    for name in texts:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print_table(table: Table) -> None:
    if table.row_count:
        console.print(table)


def _print_list(title: str, lines: "Sequence[str] | map[str]") -> None:
    """The first lines, and how many more there are; nothing where there is none."""
    listed = list(lines)
    if not listed:
        return
    console.print(f"\n[bold]{title}[/bold]")
    for line in listed[:LISTED]:
        console.print(f"  {escape(plain(line, LETTERS))}", soft_wrap=True)
    if len(listed) > LISTED:
        console.print(f"  and {len(listed) - LISTED:,} more; --json has them all")
