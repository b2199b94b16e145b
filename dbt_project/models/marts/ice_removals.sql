-- Removals and returns carried out by ICE ERO: part of those of all of DHS in `removals`, so a table
-- of its own. OHSS does not split them into removals and returns. Initial arrests by others than CBP
-- and ICE are in its total (0.4 % in FY2014, nothing but rounding since FY2022), not in these rows.
select
    reference_month,
    column_code as arresting_agency,
    cast(value as bigint) as removal_count,
    null_reason,
    {{ shared_columns('removal_month') }}
from {{ newest_by_month(ref('stg_ohss__monthly_tables')) }}
where
    table_name = 'ice_removals_and_returns_by_arresting_agency'
    and column_code in ('CBP', 'ICE')
