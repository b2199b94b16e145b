-- Acceptance and coverage of each published table of each vintage.
select
    vintage_id,
    series,
    table_name,
    status,
    reasons,
    warnings,
    coverage_start,
    coverage_end,
    coverage_basis,
    rows
from {{ source('ledger', 'vintage_tables') }}
