"""The page on quality: what each series gave, what was refused and why, checks, reconciliation."""

from typing import Any

import duckdb

from orchestration.site.rows import rows_of
from orchestration.warehouse.quarantined import quarantined_in
from orchestration.warehouse.unexplained import unexplained_in


def quality_page(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the template shows: tables ``meta`` and the audit marts, grouped for reading."""
    vintages: dict[str, list[dict[str, Any]]] = {}
    for vintage in rows_of(connection, _VINTAGES):
        vintages.setdefault(vintage["series"], []).append(vintage)
    return {
        "freshness": rows_of(connection, "select * from meta.freshness order by agency, series"),
        "vintages": vintages,
        "refused": quarantined_in(connection, "meta", every_table=False).values(),
        "checks": rows_of(connection, _CHECKS),
        "findings": rows_of(connection, _FINDINGS),
        "agreement": rows_of(connection, _AGREEMENT),
        "unexplained": unexplained_in(connection),
        "published_totals": rows_of(connection, _PUBLISHED_TOTALS),
        "corrections": rows_of(connection, "select * from marts.corrections order by 1"),
        "revisions": rows_of(connection, _REVISIONS),
    }


_VINTAGES = """
with refused as (
    select vintage_id, list(table_name order by table_name) as refused_tables
    from meta.vintage_tables where status = 'quarantined' group by vintage_id
),

used as (
    select vintage_id, count(distinct table_name) as used_tables
    from meta.sources_of_this_version group by vintage_id
)

select
    series, vintage_id, published_name, published_url, known_on, known_on_basis,
    coverage_start, coverage_end, status, reasons, warnings,
    same_content_as is not null as is_repeat,
    coalesce(refused_tables, []) as refused_tables, coalesce(used_tables, 0) as used_tables
from meta.vintages
left join refused using (vintage_id)
left join used using (vintage_id)
order by agency, series, known_on desc, coverage_end desc, vintage_id
"""

_CHECKS = """
select
    engine, severity, count(*) as checks,
    count(*) filter (where passed) as passed,
    count(*) filter (where not passed) as failed
from meta.checks group by engine, severity order by engine, severity
"""

_FINDINGS = """
select
    c.engine, c.rule, c.severity, c.reason,
    list(distinct c.table_name order by c.table_name) filter (where c.table_name is not null)
        as tables,
    sum(c.failing_count)::bigint as failing_count,
    list(distinct v.published_name order by v.published_name)
        filter (where v.published_name is not null) as publications
from meta.checks as c left join meta.vintages as v using (vintage_id)
where not c.passed
group by c.engine, c.rule, c.severity, c.reason
order by c.severity, c.rule, c.reason
"""

_AGREEMENT = """
select comparison, regexp_replace(status, ': .*$', '') as status, count(*) as totals
from marts.reconciliation group by all order by comparison, totals desc
"""

_PUBLISHED_TOTALS = """
select
    measure, scope, period, published, published_on, published_source,
    ours_as_of_then, ours_now, difference, status
from marts.reconciliation where comparison = 'published total'
order by measure, scope, period
"""

_REVISIONS = """
select
    series, count(distinct vintage_id) as vintages,
    sum(revised_count)::bigint as revised, sum(appeared_count)::bigint as appeared,
    sum(vanished_count)::bigint as vanished, sum(redefined_count)::bigint as redefined
from marts.revision_summary group by series order by series
"""
