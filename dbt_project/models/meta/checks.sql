-- Each result of the gate that judged the vintages, with the rule, its reason and a sample of rows.
select
    run_id,
    series,
    vintage_id,
    table_name,
    engine,
    rule,
    severity,
    reason,
    passed,
    failing_count,
    sample,
    checked_at
from {{ source('ledger', 'checks') }}
