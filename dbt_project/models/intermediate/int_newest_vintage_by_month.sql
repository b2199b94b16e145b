-- The one vintage that gives the figures of a table for a month now: the one whose reign is open.
select
    series,
    table_name,
    reference_month,
    vintage_id,
    covered_through,
    is_partial
from {{ ref('int_reigns_by_month') }}
where valid_to is null
