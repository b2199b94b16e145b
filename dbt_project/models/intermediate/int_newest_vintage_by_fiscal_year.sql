-- The one vintage that gives the year-to-date figures of a table for a fiscal year: the one that
-- covers most of it, then the latest known.
select
    series,
    table_name,
    fiscal_year,
    vintage_id,
    coverage_end as covered_through
from {{ ref('int_periods_held') }}
where reference_month is null
qualify
    row_number() over (
        partition by series, table_name, fiscal_year
        order by coverage_end desc, known_on desc, vintage_id asc
    ) = 1
