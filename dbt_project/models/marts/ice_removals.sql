-- Removals and returns carried out by ICE ERO: part of those of all of DHS in `removals`, so a table
-- of its own. OHSS does not split them into removals and returns.
with newest as (
    select *
    from {{ newest_by_month(ref('stg_ohss__monthly_tables')) }}
)

select
    reference_month,
    arresting_agency,
    cast(value as bigint) as removal_count,
    null_reason,
    {{ shared_columns('removal_month', is_derived='is_remainder') }}
from {{ with_other_arresting_agencies('newest', 'ice_removals_and_returns_by_arresting_agency') }}
