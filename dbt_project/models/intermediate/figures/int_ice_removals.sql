-- Removals and returns carried out by ICE ERO: part of those of all of DHS in `removals`, so a table
-- of its own. OHSS does not split them into removals and returns.
with reigning as (
    select *
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
)

select
    reference_month,
    arresting_agency,
    cast(value as bigint) as removal_count,
    null_reason,
    published_value as published_removal_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'removal_month' as date_basis,
    is_corrected,
    is_remainder as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from {{ with_other_arresting_agencies('reigning', 'ice_removals_and_returns_by_arresting_agency') }}
