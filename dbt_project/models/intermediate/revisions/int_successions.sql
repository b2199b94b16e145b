{{ config(materialized='ephemeral') }}
-- Which vintage took over from which for a table and month. Vintages that never were the newest known
-- are not compared: nobody saw their figures follow upon others.
select
    series,
    table_name,
    reference_month,
    lag(vintage_id) over months as vintage_before,
    vintage_id as vintage_after,
    lag(is_partial) over months as was_partial,
    lag(valid_from) over months as known_on_before,
    valid_from as known_on_after,
    lag(is_estimated) over months or is_estimated as is_known_on_estimated,
    lag(coverage_end) over months as coverage_end_before,
    coverage_end as coverage_end_after
from {{ ref('int_reigns_by_month') }}
window months as (partition by series, table_name, reference_month order by valid_from)
qualify vintage_before is not null
