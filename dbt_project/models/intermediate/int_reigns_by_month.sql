-- Which vintage gave the figures of a table for a month, from when to when. As of each day it is, of
-- the vintages known that cover the month, the one that covers most, then the latest known. Whole
-- months are taken, never single keys, because keys vanish between vintages; file names never decide.
select
    reigns.series,
    reigns.table_name,
    reigns.reference_month,
    reigns.vintage_id,
    reigns.coverage_end,
    least(reigns.coverage_end, calendar.month_end) as covered_through,
    reigns.coverage_end < calendar.month_end as is_partial,
    reigns.valid_from,
    reigns.valid_to,
    reigns.is_estimated
from {{ reigns_of_vintages(ref('int_periods_held'), 'reference_month') }} as reigns
inner join {{ ref('int_fiscal_calendar') }} as calendar
    on reigns.reference_month = calendar.reference_month
