-- Acceptance is per (vintage, table): a table counts if the gate accepted it, its vintage is not
-- quarantined as a whole, and its content is not that of an earlier vintage under new bytes.
select
    vintage_tables.vintage_id,
    vintage_tables.series,
    vintage_tables.table_name,
    vintage_tables.coverage_start,
    vintage_tables.coverage_end,
    vintage_tables.coverage_basis,
    vintages.known_on
from {{ source('ledger', 'vintage_tables') }} as vintage_tables
inner join {{ source('ledger', 'vintages') }} as vintages
    on vintage_tables.vintage_id = vintages.vintage_id
where
    vintage_tables.status = 'accepted'
    and vintages.status = 'accepted'
    and vintages.same_content_as is null
