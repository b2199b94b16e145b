-- Removals and returns by all of DHS under Title 8, never with Title 42 expulsions. OHSS gives
-- removals by initial arresting agency and returns without.
with newest as (
    select *
    from {{ newest_by_month(ref('stg_ohss__monthly_tables')) }}
),

removals as (
    select
        *,
        'removal' as kind,
        cast(null as varchar) as return_class
    from {{ with_other_arresting_agencies('newest', 'other_dhs_removals_by_arrest_agcy') }}
),

returns as (
    select
        reference_month,
        cast(null as varchar) as arresting_agency,
        value,
        null_reason,
        false as is_remainder,
        series,
        vintage_id,
        is_partial,
        covered_through,
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
    {{ shared_columns('removal_month', is_derived='is_remainder') }}
from every_kind
