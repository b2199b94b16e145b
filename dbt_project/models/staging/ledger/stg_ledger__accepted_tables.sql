-- One row per accepted (vintage, table). What accepted means is written once, in the ledger's view:
-- the gate took the table, its vintage is not quarantined, its content is not an earlier one's.
select
    vintage_id,
    series,
    table_name,
    coverage_start,
    coverage_end,
    coverage_basis,
    known_on,
    known_on_basis
from {{ source('ledger', 'accepted_tables') }}
