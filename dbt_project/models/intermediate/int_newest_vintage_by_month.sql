-- The one vintage that gives the figures of a table for a month: of those that cover the month, the
-- one that covers most, then the latest known. Whole months are taken, never single keys, because
-- keys vanish between vintages; file names never decide.
select
    periods.series,
    periods.table_name,
    periods.reference_month,
    periods.vintage_id,
    least(periods.coverage_end, calendar.month_end) as covered_through,
    periods.coverage_end < calendar.month_end as is_partial
from {{ ref('int_periods_held') }} as periods
inner join {{ ref('int_fiscal_calendar') }} as calendar
    on periods.reference_month = calendar.reference_month
qualify
    row_number() over (
        partition by periods.series, periods.table_name, periods.reference_month
        order by periods.coverage_end desc, periods.known_on desc, periods.vintage_id asc
    ) = 1
