-- The one vintage that gives the figures of a table for a fiscal year now: the one whose reign is open.
select
    series,
    table_name,
    fiscal_year,
    vintage_id,
    covered_through
from {{ ref('int_reigns_by_fiscal_year') }}
where valid_to is null
