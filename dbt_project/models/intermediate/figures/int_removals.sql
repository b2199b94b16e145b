-- Removals and returns by all of DHS under Title 8, never with Title 42 expulsions. OHSS gives
-- removals by initial arresting agency and returns without.
with reigning as (
    select *
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
),

removals as (
    select
        *,
        'removal' as kind,
        cast(null as varchar) as return_class
    from {{ with_other_arresting_agencies('reigning', 'other_dhs_removals_by_arrest_agcy') }}
),

returns as (
    select
        reference_month,
        cast(null as varchar) as arresting_agency,
        {{ cell() }},
        false as is_remainder,
        {{ reign_columns() }},
        'return' as kind,
        replace(block_code, '_return', '') as return_class
    from reigning
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
    published_value as published_removal_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'removal_month' as date_basis,
    is_corrected,
    is_remainder as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from every_kind
