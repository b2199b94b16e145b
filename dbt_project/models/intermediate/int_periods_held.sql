-- Which months and fiscal years each accepted table of each vintage has figures for. Months after
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
    accepted.series,
    held.table_name,
    held.fiscal_year,
    held.reference_month,
    accepted.coverage_end,
    accepted.known_on,
    accepted.known_on_basis
from held
inner join {{ ref('stg_ledger__accepted_tables') }} as accepted
    on
        held.vintage_id = accepted.vintage_id
        and held.table_name = accepted.table_name
where
    held.reference_month is null
    or held.reference_month between date_trunc('month', accepted.coverage_start) and accepted.coverage_end
