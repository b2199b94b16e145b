-- One row per accepted (vintage, table) and day on which the agency posted it: what it replaced with
-- other figures and then took back counts from that day anew.
select
    vintage_id,
    series,
    table_name,
    coverage_start,
    coverage_end,
    known_on,
    known_on_basis
from {{ source('ledger', 'postings') }}
