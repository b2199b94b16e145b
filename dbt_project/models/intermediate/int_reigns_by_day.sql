-- Which vintage counted the people detained on a day, from when to when. Each workbook counts the
-- last day that it covers, so nearly every vintage is the only one for its day and stays so.
with counts as (
    select *
    from {{ ref('stg_ledger__postings') }}
    where table_name = 'ice_currently_detained'
)

select
    series,
    table_name,
    coverage_end as population_date,
    vintage_id,
    valid_from,
    valid_to,
    is_estimated
from {{ reigns_of_vintages('counts', 'coverage_end') }}
