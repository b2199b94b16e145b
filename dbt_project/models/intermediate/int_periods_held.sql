-- Which months and fiscal years each posting of an accepted table has figures for. Months after
-- the end of coverage (ICE prints them as 0 or blank) are not held.
with held as (
    {% for raw_table in staged_tables() %}
        select distinct
            vintage_id,
            table_name,
            fiscal_year,
            reference_month
        from {{ ref('stg_' ~ raw_table | replace('_', '__', 1)) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    held.vintage_id,
    postings.series,
    held.table_name,
    held.fiscal_year,
    held.reference_month,
    postings.coverage_end,
    postings.known_on,
    postings.known_on_basis
from held
inner join {{ ref('stg_ledger__postings') }} as postings
    on
        held.vintage_id = postings.vintage_id
        and held.table_name = postings.table_name
where
    held.reference_month is null
    or held.reference_month between date_trunc('month', postings.coverage_start) and postings.coverage_end
