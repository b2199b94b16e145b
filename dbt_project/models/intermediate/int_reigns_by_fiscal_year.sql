-- Which vintage gave the year-to-date figures of a table for a fiscal year, from when to when: as of
-- each day the one that covers most of it, then the latest known.
with totals_held as (
    select *
    from {{ ref('int_periods_held') }}
    where reference_month is null
)

select
    series,
    table_name,
    fiscal_year,
    vintage_id,
    coverage_end as covered_through,
    coverage_end < make_date(fiscal_year, 9, 30) as is_partial,
    valid_from,
    valid_to,
    is_estimated
from {{ reigns_of_vintages('totals_held', 'fiscal_year') }}
