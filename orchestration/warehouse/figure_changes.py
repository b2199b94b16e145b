"""Figures of two published files side by side: cells of the marts, and revisions by the agencies.

Works on a connection that has the two files attached as ``before`` and ``after``. Which cells are
one and the same figure is said by ``meta.grains``, where an agency counts something else by
``meta.redefinitions``, both of the file after. What else two versions differ in is difference.py's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.warehouse.marts import Mart, grains_in, one_value, quoted, tables_in

Number = int | float

#: Why a cell has another figure; the first that holds counts.
KINDS = {
    "new_period": "of a month or year (or of a measure in it) that the table did not have before",
    "gone_period": "of a month or year (or of a measure in it) that the table has no more",
    "another_series": "the month now comes from another series",
    "recalculated": "from the same vintage as before: a change of ours, not of the agency",
    "redefined": "the agency counts something else since",
    "was_partial": "the month or year was not over before",
    "appeared": "no figure before",
    "vanished": "no figure any more",
    "revised": "another figure for the same thing",
}

#: These say that time went on; a list of the largest changes would hold little else.
OF_TIME = ("new_period", "gone_period", "was_partial")

#: What a mart whose cells can be compared has, beside one measure; see the contract of the marts.
_SHARED_COLUMNS = {"series", "vintage_id", "is_partial", "null_reason"}
_PERIODS = ("reference_month", "population_date", "fiscal_year")


@dataclass(frozen=True)
class KindCount:
    """How many figures changed in one way (see ``KINDS``).

    ``net``: sum of their differences; ``gross``: the same without signs. A figure that is not
    there counts as 0.
    """

    kind: str
    count: int
    net: Number
    gross: Number


@dataclass(frozen=True)
class CellChange:
    """One figure of a mart: its key, what it was and is (None: none), percent of what it was."""

    key: dict[str, str | int | None]
    kind: str
    old_value: Number | None
    new_value: Number | None
    difference: Number
    percent: float | None
    series: str
    vintage_before: str | None
    vintage_after: str | None


@dataclass(frozen=True)
class LabelChange:
    """Values of a key column that were not there before, or are not there any more."""

    column: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class FigureChanges:
    """What changed in the one measure of a mart; ``not_compared`` says why nothing is told of it.

    ``labels``: text columns of the key; none where one of the versions has no rows at all.
    ``largest``: of each kind but those that time brings; first the largest of each kind.
    """

    table: str
    measure: str
    not_compared: str | None = None
    periods_added: tuple[str, ...] = ()
    periods_removed: tuple[str, ...] = ()
    labels: tuple[LabelChange, ...] = ()
    kinds: tuple[KindCount, ...] = ()
    largest: tuple[CellChange, ...] = ()


@dataclass(frozen=True)
class RevisionCount:
    """Changes of one kind between vintages of one published table; why, where it is redefined."""

    series: str
    table_name: str
    kind: str
    redefinition: str | None
    count: int
    net: Number
    gross: Number


@dataclass(frozen=True)
class Revision:
    """A row of ``marts.revisions``; the publications are published names."""

    series: str
    table_name: str
    figure: str
    reference_month: date
    kind: str
    old_value: Number | None
    new_value: Number | None
    difference: Number
    percent: float | None
    warning: str | None
    redefinition: str | None
    publication_before: str
    publication_after: str


@dataclass(frozen=True)
class Revisions:
    """Revisions that the version before did not know: counts, and the largest.

    As in ``revision_summary`` without totals and without months that were not over. ``largest``:
    of each published table and kind; first the largest of each.
    """

    counts: tuple[RevisionCount, ...] = ()
    largest: tuple[Revision, ...] = ()


def figure_changes(
    connection: duckdb.DuckDBPyConnection,
    before: Mapping[str, Mart],
    after: Mapping[str, Mart],
    largest: int,
) -> list[FigureChanges]:
    """For each mart of figures that both files have, its cells by its grain."""
    connection.execute("use after")
    grains = grains_in(connection)
    has_redefinitions = any(one.name == "redefinitions" for one in tables_in(connection, "meta"))
    redefined = _REDEFINED if has_redefinitions else _NONE_REDEFINED
    found = []
    for name in sorted(before.keys() & after.keys()):
        measure = _measure(after[name])
        if measure is None:
            continue
        reason = _not_comparable(before[name], after[name], measure, grains.get(name))
        if reason:
            found.append(FigureChanges(name, measure, reason))
        else:
            cells = _Cells(after[name], measure, grains[name], redefined)
            found.append(_compared(connection, cells, largest))
    return found


def _measure(mart: Mart) -> str | None:
    """The one measure of a mart of figures; ``published_*`` repeats it as it was published."""
    if not {column.name for column in mart.columns} >= _SHARED_COLUMNS:
        return None
    measures = (column.name for column in mart.columns if column.is_measure)
    return next((name for name in measures if not name.startswith("published_")), None)


def _not_comparable(
    before: Mart, after: Mart, measure: str, key: tuple[str, ...] | None
) -> str | None:
    if key is None:
        return "meta.grains does not say which columns tell its rows apart"
    needed = [*key, measure, *_SHARED_COLUMNS]
    types_before, types_after = (
        {column.name: column.type for column in mart.columns} for mart in (before, after)
    )
    other = sorted({name for name in needed if types_before.get(name) != types_after.get(name)})
    if other:
        return f"not the same columns in both versions: {', '.join(other)}"
    return None


@dataclass(frozen=True)
class _Cells:
    """What is compared of a mart; ``redefined``: SQL on where the agency counts something else."""

    mart: Mart
    measure: str
    key: tuple[str, ...]
    redefined: str

    @property
    def period(self) -> str:
        return next(name for name in _PERIODS if name in self.key)

    @property
    def scope(self) -> tuple[str, ...]:
        """What comes from one vintage at a time: averages and head counts of a day may differ."""
        return tuple(name for name in (self.period, "measure") if name in self.key)

    @property
    def labels(self) -> tuple[str, ...]:
        texts = {column.name for column in self.mart.columns if column.type == "VARCHAR"}
        return tuple(name for name in self.key if name in texts)

    @property
    def sql(self) -> str:
        """Makes the table ``changed_cells``."""
        return _CHANGED_CELLS.format(
            relation=self.mart.relation,
            key=", ".join(map(quoted, self.key)),
            scope=", ".join(map(quoted, self.scope)),
            measure=quoted(self.measure),
            redefined=self.redefined.format(mart=self.mart.name),
        )


def _compared(connection: duckdb.DuckDBPyConnection, cells: _Cells, largest: int) -> FigureChanges:
    periods, *labels = _came_and_went(connection, cells.mart, [cells.period, *cells.labels])
    relation = cells.mart.relation
    has_rows = one_value(
        connection,
        f"select exists(from before.{relation}) and exists(from after.{relation})",
    )
    connection.execute(cells.sql)
    kinds = _kinds(connection)
    return FigureChanges(
        table=cells.mart.name,
        measure=cells.measure,
        periods_added=periods.added,
        periods_removed=periods.removed,
        labels=tuple(one for one in labels if has_rows and (one.added or one.removed)),
        kinds=kinds,
        largest=tuple(_largest(connection, cells.key, largest)) if kinds else (),
    )


def _came_and_went(
    connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[str]
) -> list[LabelChange]:
    """For each column the values that only one version has."""
    values = " union all ".join(
        f"select '{name}', {quoted(name)}::varchar as value, bool_or(is_after) as is_there, "  # noqa: S608
        "bool_or(not is_after) as was_there from cells group by value"
        for name in columns
    )
    names = ", ".join(map(quoted, columns))
    rows = connection.execute(
        f"with cells as (select {names}, false as is_after from before.{mart.relation} "  # noqa: S608
        f"union all by name select {names}, true as is_after from after.{mart.relation}) "
        f"select * from ({values}) where value is not null order by all"
    ).fetchall()
    return [
        LabelChange(
            name,
            tuple(
                value for column, value, _, was_there in rows if column == name and not was_there
            ),
            tuple(value for column, value, is_there, _ in rows if column == name and not is_there),
        )
        for name in columns
    ]


def _kinds(connection: duckdb.DuckDBPyConnection) -> tuple[KindCount, ...]:
    rows = connection.execute(
        "select kind, count(*), sum(difference::decimal(18, 4)), "
        "sum(abs(difference)::decimal(18, 4)) from changed_cells group by kind"
    ).fetchall()
    counts = {row[0]: KindCount(row[0], row[1], number(row[2]), number(row[3])) for row in rows}
    return tuple(counts[kind] for kind in KINDS if kind in counts)


def _largest(
    connection: duckdb.DuckDBPyConnection, key: tuple[str, ...], largest: int
) -> Iterable[CellChange]:
    columns = ", ".join(map(quoted, key))
    rows = connection.execute(
        "select kind, old_value, new_value, difference, 100 * difference / nullif(old_value, 0), "  # noqa: S608
        f"series, vintage_before, vintage_after, {columns}, row_number() over ("
        f"partition by kind order by abs(difference) desc, {columns}) as place from changed_cells "
        f"where kind not in {OF_TIME} qualify place <= ? "
        f"order by place, abs(difference) desc, {columns}",
        [largest],
    ).fetchall()
    for kind, *facts, _ in rows:
        values = (str(v) if isinstance(v, date) else v for v in facts[7:])
        yield CellChange(dict(zip(key, values, strict=True)), kind, *facts[:7])


#: As in ``marts.revisions``: a figure that is absent from one and 0 in the other did not change.
#: A cell that is on one side only is judged by what gave the other cells of its period there.
_CHANGED_CELLS = """
create or replace temp table changed_cells as
with cells as (
    select {key}, {measure} as value, series, vintage_id, is_partial, false as is_after
    from before.{relation}
    union all by name
    select {key}, {measure} as value, series, vintage_id, is_partial, true as is_after
    from after.{relation}
),

periods as (
    select {scope}, bool_or(not is_after) as was_there, bool_or(is_after) as is_there
    from cells
    group by {scope}
),

sources as (
    select
        {scope},
        series,
        max(vintage_id) filter (not is_after) as vintage_before,
        max(vintage_id) filter (is_after) as vintage_after,
        coalesce(bool_or(is_partial) filter (not is_after), false) as was_partial
    from cells
    group by {scope}, series
),

redefined as ({redefined}),

changed as (
    select
        {key},
        any_value(value) filter (not is_after) as old_value,
        any_value(value) filter (is_after) as new_value,
        any_value(series) filter (not is_after) as series_before,
        any_value(series) filter (is_after) as series_after,
        coalesce(series_after, series_before) as series
    from cells
    group by {key}
    having coalesce(old_value, 0) != coalesce(new_value, 0)
)

select
    {key},
    old_value,
    new_value,
    coalesce(new_value, 0) - coalesce(old_value, 0) as difference,
    series,
    sources.vintage_before,
    sources.vintage_after,
    case
        when not periods.was_there then 'new_period'
        when not periods.is_there then 'gone_period'
        when
            series_before != series_after
            or sources.vintage_before is null
            or sources.vintage_after is null
            then 'another_series'
        when sources.vintage_before = sources.vintage_after then 'recalculated'
        when (sources.vintage_before, sources.vintage_after) in (from redefined) then 'redefined'
        when sources.was_partial then 'was_partial'
        when old_value is null then 'appeared'
        when new_value is null then 'vanished'
        else 'revised'
    end as kind
from changed
inner join periods using ({scope})
inner join sources using ({scope}, series)
"""

_REDEFINED = """
    select (sources.vintage_before, sources.vintage_after)
    from sources
    inner join after.meta.redefinitions as points
        on points.mart = '{mart}' and points.series = sources.series
    inner join before.meta.vintage_tables as table_before
        on
            table_before.vintage_id = sources.vintage_before
            and table_before.table_name = points.table_name
    inner join after.meta.vintage_tables as table_after
        on
            table_after.vintage_id = sources.vintage_after
            and table_after.table_name = points.table_name
    where
        (table_before.coverage_end < points.from_coverage_end)
        != (table_after.coverage_end < points.from_coverage_end)
"""
_NONE_REDEFINED = "select (vintage_before, vintage_after) from sources where false"


def new_revisions(connection: duckdb.DuckDBPyConnection, largest: int) -> Revisions:
    """The rows of ``marts.revisions`` that the file before does not have; both have that mart."""
    connection.execute(
        "create or replace temp table new_revisions as "
        "select * from after.marts.revisions anti join before.marts.revisions using "
        "(series, table_name, figure, reference_month, vintage_before, vintage_after) "
        "where not was_partial and not is_overlapping"
    )
    counts = connection.execute(
        "select series, table_name, kind, redefinition, count(*), sum(difference::decimal(18, 4)), "
        "sum(abs(difference)::decimal(18, 4)) as gross from new_revisions group by all "
        "order by gross desc, series, table_name, kind"
    ).fetchall()
    rows = connection.execute(
        "select r.series, table_name, figure, reference_month, kind, old_value, new_value, "
        "difference, change_percent, warning, redefinition, "
        "older.published_name, newer.published_name, "
        "row_number() over (partition by r.series, table_name, kind order by abs(difference) desc, "
        "reference_month, figure, r.known_on_after) as place "
        "from new_revisions as r "
        "inner join after.meta.vintages as older on vintage_before = older.vintage_id "
        "inner join after.meta.vintages as newer on vintage_after = newer.vintage_id "
        "qualify place <= ? "
        "order by place, abs(difference) desc, r.series, table_name, kind",
        [largest],
    ).fetchall()
    return Revisions(
        tuple(
            RevisionCount(series, table, kind, redefinition, count, number(net), number(gross))
            for series, table, kind, redefinition, count, net, gross in counts
        ),
        tuple(map(_revision, rows)),
    )


def _revision(row: tuple[Any, ...]) -> Revision:
    series, table, figure, month, kind, old, new, difference, percent, *texts = row
    warning, redefinition, older, newer, _ = texts
    old, new = (None if value is None else number(value) for value in (old, new))
    return Revision(
        series, table, figure, month, kind, old, new, number(difference), percent,
        warning, redefinition, older, newer,
    )  # fmt: skip


def number(value: Decimal | float) -> Number:
    """A whole number without a decimal point, another as it is."""
    return int(value) if value == int(value) else float(value)
