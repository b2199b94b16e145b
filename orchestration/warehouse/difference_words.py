"""Single facts of a difference as one line of plain text, the same in the notes and on a terminal.

Nothing is escaped here: who shows a line escapes it for where it is shown.
"""

from orchestration.warehouse.difference import (
    Difference,
    LabelWarning,
    Quarantined,
    Vintage,
)
from orchestration.warehouse.figure_changes import KINDS, CellChange, Number, Revision

#: publications to name in one line
NAMED = 3


def amount(value: Number | None) -> str:
    """A thousands-separated number; averages of populations to one decimal; '-' for none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def signed(value: Number) -> str:
    """A difference, with its sign."""
    return f"+{amount(value)}" if value > 0 else amount(value)


def _from_to(
    old: Number | None, new: Number | None, difference: Number, percent: float | None
) -> str:
    share = "" if percent is None else f", {percent:+,.1f} %"
    return f"{amount(old)} -> {amount(new)} ({signed(difference)}{share})"


def revision_line(one: Revision) -> str:
    """Which figure, from what to what, in which publication, and the agency's warning if any."""
    change = _from_to(one.old_value, one.new_value, one.difference, one.percent)
    figure = f"{one.table_name}, {one.reference_month:%Y-%m}, {one.figure or 'total'}"
    return f"{figure}: {change}, {one.kind} in {one.publication_after}"


def cell_line(table: str, one: CellChange) -> str:
    """Which cell of which table, from what to what, and why."""
    key = ", ".join(f"{name} {value}" for name, value in one.key.items() if value is not None)
    change = _from_to(one.old_value, one.new_value, one.difference, one.percent)
    return f"{table}, {key}: {change}, {one.kind}"


def kind_lines(difference: Difference) -> list[str]:
    """What the kinds mean that figures of the marts changed in."""
    found = {one.kind for figures in difference.figures for one in figures.kinds}
    return [f"{kind}: {meaning}" for kind, meaning in KINDS.items() if kind in found]


def redefinitions(difference: Difference) -> list[str]:
    """What the agencies count anew, each reason once."""
    reasons = (one.redefinition for one in difference.revisions.counts if one.redefinition)
    return list(dict.fromkeys(reasons))


def label_lines(difference: Difference) -> list[str]:
    """Labels that came and went, by table and column."""
    lines = []
    for figures in difference.figures:
        for change in figures.labels:
            parts = [f"new: {', '.join(change.added)}"] if change.added else []
            parts += [f"gone: {', '.join(change.removed)}"] if change.removed else []
            lines.append(f"{figures.table}.{change.column}: {'; '.join(parts)}")
    return lines


def label_warning_line(one: LabelWarning) -> str:
    """What the reader said, and of which publication."""
    table = f", {one.table_name}" if one.table_name else ""
    return f"{one.series}: {one.published_name}{table}: {one.text}"


def vintage_line(one: Vintage) -> str:
    """Series, published name, and whether it may be used."""
    return f"{one.series}: {one.published_name} ({one.status})"


def quarantined_line(one: Quarantined) -> str:
    """The vintage, which table of it or the whole, and the reasons."""
    why = "; ".join(one.reasons) or "no reason recorded"
    return f"{one.series}: {one.published_name}, {one.table_name or 'whole'}: {why}"


def source_lines(difference: Difference) -> list[str]:
    """Published tables of which a publication was replaced as a source, and by which."""
    return [
        f"{one.table_name}: {_names(one.added)} in place of {_names(one.replaced)}"
        for one in difference.sources
        if one.replaced
    ]


def _names(vintages: tuple[Vintage, ...]) -> str:
    names = [vintage.published_name for vintage in vintages]
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more]) or "nothing"


def not_compared_lines(difference: Difference) -> list[str]:
    """Marts whose cells could not be compared, and why."""
    return [
        f"{figures.table}: {figures.not_compared}"
        for figures in difference.figures
        if figures.not_compared
    ]


def largest_cells(difference: Difference, most: int) -> list[tuple[str, CellChange]]:
    """Of the largest changes of all marts first the largest of each, with the mart."""
    cells = [
        (place, figures.table, cell)
        for figures in difference.figures
        for place, cell in enumerate(figures.largest)
    ]
    cells.sort(key=lambda one: (one[0], -abs(one[2].difference)))
    return [(table, cell) for _, table, cell in cells[:most]]
