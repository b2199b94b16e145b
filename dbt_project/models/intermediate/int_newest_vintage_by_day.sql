-- The one vintage that counts the people detained on a day. Each workbook counts the last day that
-- it covers, so nearly every vintage is the newest for its day and stays so.
select
    series,
    table_name,
    coverage_end as population_date,
    vintage_id
from {{ ref('stg_ledger__accepted_tables') }}
where table_name = 'ice_currently_detained'
qualify
    row_number() over (
        partition by series, table_name, coverage_end
        order by known_on desc, vintage_id asc
    ) = 1
