"""The page on checks: each result of the gate and of dbt, by series, publication and table.

The quality page counts them. Here stands which rule, whether it passed, and what was found.
"""

import json
from typing import Any

import duckdb

from orchestration.site.rows import number, rows_of

#: of a result's sample, and of the labels of one row of it; all of it stands in meta.checks
_ROWS_SHOWN = 3
_LABELS_SHOWN = 8
_PLACES = ("source_place", "place")


def checks_page(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the template shows: ``meta.checks``, of publications by series, and of our logic."""
    held = rows_of(connection, "select series, vintage_count from meta.freshness order by all")
    return {
        "judged": [
            {
                "series": one["series"],
                "publications": one["vintage_count"],
                "found": [
                    row | {"rows_found": _sample(row["sample"])}
                    for row in rows_of(connection, _FOUND, [one["series"]])
                ],
                "passed": rows_of(connection, _PASSED, [one["series"]]),
                "rules": rows_of(connection, _RULES, [one["series"]]),
            }
            for one in held
        ],
        "of_dbt": rows_of(connection, _OF_DBT),
    }


def _sample(text: str | None) -> list[str]:
    """Failing rows in words, the place in the publication first."""
    rows = json.loads(text) if text else []
    shown = [_words(row) for row in rows[:_ROWS_SHOWN]]
    return [*shown, "…"] if len(rows) > _ROWS_SHOWN else shown


def _words(row: dict[str, Any]) -> str:
    places = [str(row[name]) for name in _PLACES if row.get(name) is not None]
    labels = [
        f"{name.replace('_', ' ')} {_value(value)}"
        for name, value in row.items()
        if name not in _PLACES and value is not None
    ]
    more = ["…"] if len(labels) > _LABELS_SHOWN else []
    return "; ".join([*places, *labels[:_LABELS_SHOWN], *more])


def _value(value: object) -> str:
    """Figures are floating, years and other labels are not."""
    return number(value) if isinstance(value, float) else str(value)


_FOUND = """
select
    c.engine, c.rule, c.severity, c.reason, c.table_name, c.failing_count, c.sample,
    v.published_name, v.known_on
from meta.checks as c left join meta.vintages as v using (vintage_id)
where c.engine != 'dbt' and not c.passed and c.series = ?
order by c.severity, v.known_on desc, v.published_name, c.table_name, c.rule
"""

_PASSED = """
select
    table_name,
    list(distinct rule order by rule) as rules
from meta.checks where engine != 'dbt' and passed and series = ?
group by table_name order by table_name
"""

_RULES = """
select distinct rule, severity, reason from meta.checks where engine = 'gx' and series = ?
order by severity, rule, reason
"""

_OF_DBT = """
select table_name, rule, severity, passed, failing_count
from meta.checks where engine = 'dbt' order by passed, severity, table_name, rule
"""
