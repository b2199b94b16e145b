"""What the command line prints with: consoles, errors, tables of rows. Nothing of a command."""

import os
import sys
from collections.abc import Sequence

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.read.hostile_text import without_codes

#: where the output is not a terminal (a file, a pipe), lines need not fit 80 columns
WIDE = 160
console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDE)
errors = Console(stderr=True)


def failure(message: object) -> typer.Exit:
    """Print the error; raise what this returns: exit code 1."""
    errors.print(f"[red]error[/red]: {_text(message)}", soft_wrap=True)
    return typer.Exit(1)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """As a table where it fits the width, else one column a line, record by record."""
    table = Table(*map(_text, columns), box=box.SIMPLE)
    for row in rows:
        table.add_row(*map(_text, row))
    if _fits(columns, rows):
        console.print(table)
        return
    widest = max(map(len, columns))
    for number, row in enumerate(rows, start=1):
        console.rule(f"{number}", align="left")
        for name, cell in zip(columns, row, strict=True):
            console.print(f"{_text(name):{widest}}  {_text(cell)}", soft_wrap=True)


def _text(cell: object) -> str:
    """A cell as a terminal may show it: no code of the terminal's, no markup of rich's."""
    return "" if cell is None else escape(without_codes(str(cell)))


def _fits(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    widths = [max(map(len, map(str, cells))) for cells in zip(columns, *rows, strict=True)]
    return sum(widths) + 2 * len(widths) <= console.width
