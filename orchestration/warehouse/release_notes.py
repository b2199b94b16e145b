"""The release notes of a version: its vintages and figures against the version before.

Which single figures the agencies revised is the mart ``revisions``' business, not this module's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from orchestration.warehouse.marts import figures, marts_in
from orchestration.warehouse.package import BANNERS
from orchestration.warehouse.versions import About, about_in


@dataclass(frozen=True)
class HeldVintage:
    """A line of ``meta.vintages``; reasons say why it was quarantined."""

    series: str
    published_name: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """What release notes compare: vintages by id, quarantined tables, figures by mart."""

    about: About
    vintages: dict[str, HeldVintage]
    quarantined_tables: dict[tuple[str, str], tuple[str, ...]]  # (vintage_id, table) -> reasons
    figures: dict[str, dict[str, float | None]]  # mart -> 'rows' or measure -> number


def contents(connection: duckdb.DuckDBPyConnection) -> Contents:
    """Read what release notes compare from a version's file."""
    vintages = connection.execute(
        "select vintage_id, series, published_name, status, coalesce(reasons, []) "
        "from meta.vintages order by series, known_on, vintage_id"
    ).fetchall()
    tables = connection.execute(
        "select vintage_id, table_name, coalesce(reasons, []) from meta.vintage_tables "
        "where status = 'quarantined' order by vintage_id, table_name"
    ).fetchall()
    return Contents(
        about=about_in(connection),
        vintages={row[0]: HeldVintage(row[1], row[2], row[3], tuple(row[4])) for row in vintages},
        quarantined_tables={(row[0], row[1]): tuple(row[2]) for row in tables},
        figures={mart.name: figures(connection, mart) for mart in marts_in(connection)},
    )


def release_notes(new: Contents, before: Contents | None) -> str:
    """The notes as Markdown; ``before`` is None for a first version."""
    sections = [_head(new, before), _vintages(new, before), _quarantined(new, before)]
    if before is not None:
        sections.insert(2, _new_vintages(new, before))
    return (
        "\n\n".join(["\n".join(section) for section in [*sections, _figures(new, before)]]) + "\n"
    )


def _head(new: Contents, before: Contents | None) -> list[str]:
    compared = f"Compared with version {before.about.version}." if before else "First version."
    built = f"Built {new.about.built_at:%Y-%m-%d %H:%M} UTC. {compared}"
    notice = ["", _text(new.about.notice)] if new.about.notice else []
    return [
        f"# Version {new.about.version}", "", f"**{BANNERS[new.about.source_mode]}**", "", built,
        *notice,
    ]  # fmt: skip


def _vintages(new: Contents, before: Contents | None) -> list[str]:
    known = before.vintages if before else {}
    lines = ["## Vintages", "", "| series | held | new | quarantined |", "|---|--:|--:|--:|"]
    for series in sorted({vintage.series for vintage in new.vintages.values()}):
        held = {key: v for key, v in new.vintages.items() if v.series == series}
        quarantined = sum(v.status == "quarantined" for v in held.values())
        lines.append(f"| {series} | {len(held)} | {len(held.keys() - known)} | {quarantined} |")
    return lines


def _new_vintages(new: Contents, before: Contents) -> list[str]:
    added = [v for key, v in new.vintages.items() if key not in before.vintages]
    lines = [f"- {v.series}: {_text(v.published_name)} ({v.status})" for v in added]
    return ["## New vintages", "", *(lines or ["None."])]


def _quarantined(new: Contents, before: Contents | None) -> list[str]:
    """Vintages and tables that were not quarantined in the version before, with the reasons."""
    lines = []
    for key, vintage in new.vintages.items():
        if vintage.status == "quarantined" and not _was_quarantined(before, key):
            lines.append(_quarantine_line(vintage, "whole", vintage.reasons))
    for (key, table), reasons in new.quarantined_tables.items():
        vintage = new.vintages[key]
        known = before is not None and (key, table) in before.quarantined_tables
        if vintage.status == "accepted" and not known:
            lines.append(_quarantine_line(vintage, table, reasons))
    return ["## Newly quarantined", "", *(lines or ["Nothing."])]


def _was_quarantined(before: Contents | None, key: str) -> bool:
    vintage = before.vintages.get(key) if before else None
    return vintage is not None and vintage.status == "quarantined"


def _quarantine_line(vintage: HeldVintage, what: str, reasons: tuple[str, ...]) -> str:
    why = _text("; ".join(reasons)) or "no reason recorded"
    return f"- {vintage.series}: {_text(vintage.published_name)}, {what}: {why}"


def _figures(new: Contents, before: Contents | None) -> list[str]:
    return [
        "## Tables",
        "",
        "Rows, and the sum of each measure over all rows (of use only to see that it changed).",
        "",
        "| table | figure | now | before | change |",
        "|---|---|--:|--:|--:|",
        *_figure_lines(new.figures, before.figures if before else {}),
    ]


def _figure_lines(
    now: dict[str, dict[str, float | None]], before: dict[str, dict[str, float | None]]
) -> Iterator[str]:
    for mart in sorted(now.keys() | before.keys()):
        new, old = now.get(mart, {}), before.get(mart, {})
        for name in [*new, *(name for name in old if name not in new)]:
            change = _difference(new.get(name), old.get(name))
            cells = (_number(n) for n in (new.get(name), old.get(name), change))
            yield f"| {mart} | {name} | {' | '.join(cells)} |"


def _difference(new: float | None, old: float | None) -> float | None:
    return None if new is None or old is None else new - old


def _number(value: float | None) -> str:
    """A thousands-separated number; sums of average populations to one decimal."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _text(text: str) -> str:
    """A published text as plain Markdown text: a label cannot bring markup or a line of its own."""
    line = " ".join(text.split())
    for sign, harmless in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("[", "\\["), ("`", "\\`")):
        line = line.replace(sign, harmless)
    return line
