"""What two published versions differ in: tables, rows, figures, labels, vintages, sources.

Compares files and says nothing of how it is shown: release_notes.py writes it as Markdown,
``orchestration.difference_summary`` prints it. Figures, cell by cell, are figure_changes.py's.
"""

import dataclasses
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.as_of import attach
from orchestration.warehouse.figure_changes import (
    FigureChanges,
    Number,
    Revisions,
    figure_changes,
    new_revisions,
    number,
)
from orchestration.warehouse.marts import Mart, figures, marts_in
from orchestration.warehouse.quarantined import quarantined_in
from orchestration.warehouse.query import FILE_NAME
from orchestration.warehouse.versions import About, about_in, list_versions

Key = TypeVar("Key")
Value = TypeVar("Value")

#: Version of the JSON document; a key that goes or changes its meaning makes a new one.
FORMAT = 1


class DifferenceError(Exception):
    """Versions that are not there or cannot be compared. The message says what to do."""


@dataclass(frozen=True)
class Vintage:
    """A line of ``meta.vintages``; ``reasons`` say why it was quarantined."""

    vintage_id: str
    series: str
    published_name: str
    known_on: date | None
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Quarantined:
    """A vintage, or one published table of it (None: the whole), that may not be used."""

    series: str
    vintage_id: str
    published_name: str
    table_name: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SeriesCount:
    """Vintages held of a series: before, now, and how many of those of now are quarantined."""

    series: str
    held_before: int
    held: int
    new: int
    quarantined: int


@dataclass(frozen=True)
class SourceChange:
    """Vintages that a published table's figures come from since, and those they came from."""

    series: str
    table_name: str
    added: tuple[Vintage, ...]
    replaced: tuple[Vintage, ...]


@dataclass(frozen=True)
class LabelWarning:
    """What a reader said of a label that stands in no code list."""

    series: str
    vintage_id: str
    published_name: str
    table_name: str | None
    text: str


@dataclass(frozen=True)
class MeasureSum:
    """The sum of a measure over all rows, of use to see that it changed. None: no figure."""

    measure: str
    before: Number | None
    after: Number | None


@dataclass(frozen=True)
class TableChange:
    """A mart in both versions; rows are None where a version does not have it."""

    table: str
    rows_before: int | None
    rows_after: int | None
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    sums: tuple[MeasureSum, ...]

    @property
    def is_changed(self) -> bool:
        """Whether rows, columns or sums differ."""
        return bool(
            self.rows_before != self.rows_after
            or self.columns_added
            or self.columns_removed
            or any(one.before != one.after for one in self.sums)
        )


@dataclass(frozen=True)
class Difference:
    """All that two versions differ in; ``before`` is None where ``after`` is the first version.

    ``revisions`` are changes by the agencies between vintages, in published tables; ``figures``
    are changes of cells of the marts, for whatever reason. Tables and figures list every mart,
    those without a change too.
    """

    before: About | None
    after: About
    series: tuple[SeriesCount, ...]
    vintages_new: tuple[Vintage, ...]
    vintages_gone: tuple[Vintage, ...]
    newly_quarantined: tuple[Quarantined, ...]
    no_longer_quarantined: tuple[Quarantined, ...]
    sources: tuple[SourceChange, ...]
    label_warnings: tuple[LabelWarning, ...]
    tables: tuple[TableChange, ...]
    revisions: Revisions = dataclasses.field(default_factory=Revisions)
    figures: tuple[FigureChanges, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two versions say the same."""
        return not (
            self.vintages_new
            or self.vintages_gone
            or self.newly_quarantined
            or self.no_longer_quarantined
            or self.sources
            or self.label_warnings
            or any(table.is_changed for table in self.tables)
            or any(figure.kinds or figure.not_compared for figure in self.figures)
            or self.revisions.counts
        )


def as_document(difference: Difference) -> dict[str, Any]:
    """The difference as JSON can hold it: ``format``, then the fields of ``Difference``.

    Days and times (UTC) are ISO 8601 texts, numbers are numbers, what is not there is null. The
    keys are the names of the fields of the dataclasses here and in figure_changes.py.
    """
    plain: dict[str, Any] = _plain(dataclasses.asdict(difference))
    return {"format": FORMAT, **plain}


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def compare_versions(
    settings: Settings, before: str | None = None, after: str | None = None, largest: int = 10
) -> Difference:
    """The difference of two published versions by name.

    Without ``after`` it is the current version, without ``before`` the one published before
    ``after``. DifferenceError if there is no such version.
    """
    listed = list_versions(settings)
    paths = {version.version: version.path / FILE_NAME for version in listed}
    names = list(paths)
    if not names:
        raise DifferenceError(
            f"{settings.published}: found no published version; expected two. Type `border run`."
        )
    after = after or next(version.version for version in listed if version.is_current)
    for name in (before, after):
        if name is not None and name not in paths:
            raise DifferenceError(
                f"{settings.published}: found no version {name!r}; expected one of "
                f"{', '.join(names)}. Type `border versions` to see them."
            )
    older = names[names.index(after) + 1 :]
    if before is None and not older:
        raise DifferenceError(
            f"{settings.published}: found no version before {after}; expected one to compare it "
            f"with. There are: {', '.join(names)}."
        )
    before = before or older[0]
    if before == after:
        raise DifferenceError(f"found version {after} twice; expected two. Name another one.")
    return difference(paths[before], paths[after], largest)


def difference(before: Path | None, after: Path, largest: int = 10) -> Difference:
    """The difference of two files; None: no file before.

    ``largest``: how many changes to list of each table and kind.

    DifferenceError if a file cannot be read as a published one.
    """
    connection = duckdb.connect()
    try:
        attach(connection, after, "after")
        now = _contents(connection, "after")
        if before is None:
            return _of_contents(_Contents(), now)
        attach(connection, before, "before")
        then = _contents(connection, "before")
        return dataclasses.replace(
            _of_contents(then, now),
            revisions=(
                new_revisions(connection, largest)
                if "revisions" in then.marts.keys() & now.marts.keys()
                else Revisions()
            ),
            figures=tuple(figure_changes(connection, then.marts, now.marts, largest)),
        )
    except (duckdb.IOException, duckdb.CatalogException, duckdb.BinderException) as error:
        raise DifferenceError(
            f"{before} and {after}: found what cannot be compared ({error}); expected two files "
            "as `border run` publishes them. Compare with another version."
        ) from error
    finally:
        connection.close()


@dataclass(frozen=True)
class _Contents:
    """What of a file is compared as a whole; nothing where there is no file."""

    about: About | None = None
    vintages: dict[str, Vintage] = dataclasses.field(default_factory=dict)
    quarantined: dict[tuple[str, str | None], Quarantined] = dataclasses.field(default_factory=dict)
    warnings: tuple[tuple[str, str | None, str], ...] = ()  # vintage_id, table, text
    sources: dict[tuple[str, str], tuple[str, ...]] = dataclasses.field(default_factory=dict)
    marts: dict[str, Mart] = dataclasses.field(default_factory=dict)
    figures: dict[str, dict[str, Number | None]] = dataclasses.field(default_factory=dict)


def _contents(connection: duckdb.DuckDBPyConnection, database: str) -> _Contents:
    connection.execute(f"use {database}")
    vintages = connection.execute(
        "select vintage_id, series, published_name, known_on, status, coalesce(reasons, []) "
        "from meta.vintages order by series, known_on, vintage_id"
    ).fetchall()
    warnings = connection.execute(
        "select distinct vintage_id, table_name, warning from ("
        "select vintage_id, null as table_name, unnest(warnings) as warning from meta.vintages "
        "union all by name "
        "select vintage_id, table_name, unnest(warnings) as warning from meta.vintage_tables) "
        "where starts_with(warning, 'new_label:') order by all"
    ).fetchall()
    sources = connection.execute(
        "select series, table_name, list(vintage_id order by known_on, vintage_id) "
        "from meta.sources_of_this_version group by all order by all"
    ).fetchall()
    marts = {mart.name: mart for mart in marts_in(connection)}
    return _Contents(
        about=about_in(connection),
        vintages={
            key: Vintage(key, series, name, known_on, status, tuple(reasons))
            for key, series, name, known_on, status, reasons in vintages
        },
        quarantined={
            key: Quarantined(one.series, key[0], one.published_name, one.table, one.reasons)
            for key, one in quarantined_in(connection, "meta", every_table=False).items()
        },
        warnings=tuple(warnings),
        sources={(row[0], row[1]): tuple(row[2]) for row in sources},
        marts=marts,
        figures={name: figures(connection, mart) for name, mart in marts.items()},
    )


def _of_contents(before: _Contents, after: _Contents) -> Difference:
    assert after.about is not None
    return Difference(
        before=before.about,
        after=after.about,
        series=_series(before, after),
        vintages_new=_not_in(after.vintages, before.vintages),
        vintages_gone=_not_in(before.vintages, after.vintages),
        newly_quarantined=_not_in(after.quarantined, before.quarantined),
        no_longer_quarantined=_not_in(before.quarantined, after.quarantined),
        sources=tuple(_sources(before, after)) if before.about else (),
        label_warnings=_label_warnings(before, after),
        tables=tuple(
            _table(name, before, after)
            for name in sorted(before.marts.keys() | after.marts.keys())
        ),
    )  # fmt: skip


def _not_in(there: dict[Key, Value], elsewhere: dict[Key, Value]) -> tuple[Value, ...]:
    return tuple(value for key, value in there.items() if key not in elsewhere)


def _series(before: _Contents, after: _Contents) -> tuple[SeriesCount, ...]:
    def of(contents: _Contents, series: str) -> dict[str, Vintage]:
        return {key: v for key, v in contents.vintages.items() if v.series == series}

    names = {v.series for held in (before, after) for v in held.vintages.values()}
    counts = []
    for series in sorted(names):
        then, now = of(before, series), of(after, series)
        refused = sum(vintage.status == "quarantined" for vintage in now.values())
        new = len(now.keys() - then.keys())
        counts.append(SeriesCount(series, len(then), len(now), new, refused))
    return tuple(counts)


def _sources(before: _Contents, after: _Contents) -> list[SourceChange]:
    changes = []
    for series, table in sorted(before.sources.keys() | after.sources.keys()):
        then, now = (held.sources.get((series, table), ()) for held in (before, after))
        added = tuple(after.vintages[key] for key in now if key not in then)
        replaced = tuple(before.vintages[key] for key in then if key not in now)
        if added or replaced:
            changes.append(SourceChange(series, table, added, replaced))
    return changes


def _label_warnings(before: _Contents, after: _Contents) -> tuple[LabelWarning, ...]:
    known = set(before.warnings)
    found = []
    for vintage_id, table, text in after.warnings:
        if (vintage_id, table, text) not in known:
            vintage = after.vintages[vintage_id]
            found.append(
                LabelWarning(vintage.series, vintage_id, vintage.published_name, table, text)
            )
    return tuple(found)


def _table(name: str, before: _Contents, after: _Contents) -> TableChange:
    then, now = before.figures.get(name, {}), after.figures.get(name, {})
    columns_then, columns_now = (
        [column.name for column in held.marts[name].columns] if name in held.marts else []
        for held in (before, after)
    )
    is_in_both = bool(columns_then and columns_now)
    return TableChange(
        table=name,
        rows_before=_rows(then),
        rows_after=_rows(now),
        columns_added=tuple(c for c in columns_now if is_in_both and c not in columns_then),
        columns_removed=tuple(c for c in columns_then if is_in_both and c not in columns_now),
        sums=tuple(
            MeasureSum(measure, _sum(then.get(measure)), _sum(now.get(measure)))
            for measure in dict.fromkeys([*now, *then])
            if measure != "rows"
        ),
    )


def _rows(figures_of_mart: dict[str, Number | None]) -> int | None:
    rows = figures_of_mart.get("rows")
    return None if rows is None else int(rows)


def _sum(value: Number | None) -> Number | None:
    return None if value is None else number(round(value, 4))
