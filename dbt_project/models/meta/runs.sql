-- The stages of each run: how long they took and how much they moved.
select
    run_id,
    stage,
    started_at,
    ended_at,
    seconds,
    rows,
    bytes,
    source_mode,
    status
from {{ source('ledger', 'runs') }}
