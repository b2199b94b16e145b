-- Removals and returns by all of DHS under Title 8, never with Title 42 expulsions. OHSS gives
-- removals by initial arresting agency and returns without. What its total holds beyond CBP and ICE
-- (0.3 % in FY2014, nothing but rounding since FY2022) it does not publish, and it is not invented.
with newest as (
    select *
    from {{ newest_by_month(ref('stg_ohss__monthly_tables')) }}
),

removals as (
    select
        *,
        column_code as arresting_agency,
        'removal' as kind,
        cast(null as varchar) as return_class
    from newest
    where
        table_name = 'other_dhs_removals_by_arrest_agcy'
        and column_code in ('CBP', 'ICE')
),

returns as (
    select
        *,
        cast(null as varchar) as arresting_agency,
        'return' as kind,
        replace(block_code, '_return', '') as return_class
    from newest
    where
        table_name = 'dhs_repatriations_by_type'
        and block_code in ('enforcement_return', 'administrative_return')
        and column_code = 'total'
),

every_kind as (
    select * from removals
    union all
    select * from returns
)

select
    reference_month,
    arresting_agency,
    kind,
    return_class,
    cast(value as bigint) as removal_count,
    null_reason,
    {{ shared_columns('removal_month') }}
from every_kind
