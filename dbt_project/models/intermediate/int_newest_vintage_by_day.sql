-- The one vintage that gives the figures of a table for a day now: the one whose reign is open.
select
    series,
    table_name,
    population_date,
    vintage_id
from {{ ref('int_reigns_by_day') }}
where valid_to is null
