"""The release notes of a version: its difference from the version before, short, as Markdown.

What two versions differ in is difference.py's business; ``border diff`` shows all of it.
"""

from collections.abc import Iterator, Sequence

from orchestration.read.hostile_text import plain
from orchestration.warehouse import difference_words as words
from orchestration.warehouse.difference import Difference, TableChange
from orchestration.warehouse.package import BANNERS

#: lines of a list, of the largest changes, and letters of a line
LISTED = 20
LARGEST = 8
LETTERS = 300


def release_notes(
    difference: Difference, rolled_back_from: str | None = None, not_compared: str | None = None
) -> str:
    """The notes as Markdown.

    ``rolled_back_from``: the version published last, where readers had been taken back from it.
    ``not_compared``: why there is no comparison, where there is a version before.
    """
    sections = [_head(difference, rolled_back_from, not_compared)]
    if difference.before is not None:
        sections += [_revisions(difference), _figures(difference), _labels(difference)]
    sections.append(_vintages(difference))
    if difference.before is not None:
        sections += [_new_vintages(difference), _sources(difference)]
    sections += [_quarantined(difference), _tables(difference)]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _head(
    difference: Difference, rolled_back_from: str | None, not_compared: str | None
) -> list[str]:
    about, before = difference.after, difference.before
    compared = f"Compared with version {before.version}." if before else "First version."
    if not_compared is not None:
        compared = f"Not compared with the version before: {_text(not_compared)}"
    if rolled_back_from is not None:
        compared += f" Readers had been rolled back to that one from version {rolled_back_from}."
    built = f"Built {about.built_at:%Y-%m-%d %H:%M} UTC. {compared}"
    notice = ["", _text(about.notice)] if about.notice else []
    return [
        f"# Version {about.version}", "", f"**{BANNERS[about.source_mode]}**", "", built, *notice,
    ]  # fmt: skip


def _revisions(difference: Difference) -> list[str]:
    counts = difference.revisions.counts
    if not counts:
        return ["## Revised by the agencies", "", "Nothing."]
    rows = [
        f"| {_text(one.series)} | {_text(one.table_name)} | {one.kind} | {one.count:,} "
        f"| {words.signed(one.net)} | {words.amount(one.gross)} |"
        for one in counts[:LISTED]
    ]
    more = f"And {len(counts) - LISTED} more: see `marts.revision_summary`."
    largest = [words.revision_line(one) for one in difference.revisions.largest[:LARGEST]]
    return [
        "## Revised by the agencies",
        "",
        "Figures of months that were over, by published table; totals are left out.",
        "",
        "| series | published table | kind | figures | net | gross |",
        "|---|---|---|--:|--:|--:|",
        *rows,
        *(["", more] if len(counts) > LISTED else []),
        "",
        "Largest:",
        "",
        *_list(largest),
        *_redefinitions(difference),
    ]


def _redefinitions(difference: Difference) -> list[str]:
    reasons = words.redefinitions(difference)
    return ["", "Redefined:", "", *_list(reasons)] if reasons else []


def _figures(difference: Difference) -> list[str]:
    rows = [
        f"| {figures.table} | {kind.kind} | {kind.count:,} | {words.signed(kind.net)} "
        f"| {words.amount(kind.gross)} |"
        for figures in difference.figures
        for kind in figures.kinds
    ]
    lines = ["## Changed figures", ""]
    if rows:
        lines += ["| table | kind | figures | net | gross |", "|---|---|--:|--:|--:|", *rows, ""]
        lines += _list(words.kind_lines(difference))
    else:
        lines += ["None."]
    largest = [words.cell_line(*one) for one in words.largest_cells(difference, LARGEST)]
    if largest:
        lines += ["", "Largest:", "", *_list(largest)]
    not_compared = words.not_compared_lines(difference)
    if not_compared:
        lines += ["", "Not compared:", "", *_list(not_compared)]
    return lines


def _labels(difference: Difference) -> list[str]:
    warnings = [words.label_warning_line(one) for one in difference.label_warnings]
    return ["## New labels", "", *_list([*words.label_lines(difference), *warnings])]


def _vintages(difference: Difference) -> list[str]:
    return [
        "## Vintages",
        "",
        "| series | held | new | quarantined |",
        "|---|--:|--:|--:|",
        *(
            f"| {_text(one.series)} | {one.held} | {one.new} | {one.quarantined} |"
            for one in difference.series
        ),
    ]


def _new_vintages(difference: Difference) -> list[str]:
    gone = [f"{words.vintage_line(one)}, no longer held" for one in difference.vintages_gone]
    lines = [*map(words.vintage_line, difference.vintages_new), *gone]
    return ["## New vintages", "", *_list(lines)]


def _sources(difference: Difference) -> list[str]:
    return ["## Sources replaced", "", *_list(words.source_lines(difference))]


def _quarantined(difference: Difference) -> list[str]:
    refused = list(map(words.quarantined_line, difference.newly_quarantined))
    lines = ["## Newly quarantined", "", *_list(refused)]
    again = [
        f"{one.series}: {one.published_name}, {one.table_name or 'whole'}"
        for one in difference.no_longer_quarantined
    ]
    return [*lines, "", "No longer quarantined:", "", *_list(again)] if again else lines


def _tables(difference: Difference) -> list[str]:
    changed = [table for table in difference.tables if table.is_changed]
    same = len(difference.tables) - len(changed)
    return [
        "## Tables",
        "",
        "Rows, and the sum of each measure over all rows (of use only to see that it changed). "
        f"Tables as before: {same}.",
        "",
        *(line for table in changed for line in _columns(table)),
        "| table | figure | now | before | change |",
        "|---|---|--:|--:|--:|",
        *(line for table in changed for line in _table_lines(table)),
    ]


def _columns(table: TableChange) -> Iterator[str]:
    for what, names in (("new", table.columns_added), ("gone", table.columns_removed)):
        if names:
            yield f"- {table.table}: columns {what}: {', '.join(names)}"
            yield ""


def _table_lines(table: TableChange) -> Iterator[str]:
    """Its rows, and the sums that changed."""
    figures = [
        ("rows", table.rows_before, table.rows_after),
        *((one.measure, one.before, one.after) for one in table.sums if one.before != one.after),
    ]
    for name, old, new in figures:
        change = None if new is None or old is None else new - old
        cells = " | ".join(words.amount(value) for value in (new, old, change))
        yield f"| {table.table} | {name} | {cells} |"


def _list(lines: Sequence[str]) -> list[str]:
    shown = [f"- {_text(plain(line, LETTERS))}" for line in lines[:LISTED]]
    more = len(lines) - LISTED
    return [*shown, *([f"- and {more:,} more"] if more > 0 else [])] or ["None."]


def _text(text: str) -> str:
    """A published text as plain Markdown text: a label cannot bring markup or a line of its own."""
    line = " ".join(text.split())
    for sign in ("\\", "|", "[", "`"):  # the backslash first: one before a sign would undo ours
        line = line.replace(sign, f"\\{sign}")
    return line.replace("&", "&amp;").replace("<", "&lt;")
