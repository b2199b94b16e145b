-- Initial book-ins to ICE detention by arresting agency: the ICE workbook, else OHSS (rounded to 10).
with reigning_ohss as (
    select *
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
),

ice_workbook as (
    select
        1 as precedence,
        reference_month,
        arresting_agency,
        {{ reign_columns() }},
        {{ cell() }},
        false as is_remainder
    from {{ reigning_by_month(ref('stg_ice__initial_book_ins')) }}
    where arresting_agency != 'Total'
),

ohss as (
    select
        2 as precedence,
        reference_month,
        arresting_agency,
        {{ reign_columns() }},
        {{ cell() }},
        is_remainder
    from {{ with_other_arresting_agencies('reigning_ohss', 'ice_book_ins_by_arresting_agency') }}
),

every_series as (
    select * from ice_workbook
    union all
    select * from ohss
)

select
    reference_month,
    arresting_agency,
    cast(value as bigint) as book_in_count,
    null_reason,
    published_value as published_book_in_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'book_in_month' as date_basis,
    is_corrected,
    is_remainder as is_derived,
    precedence,
    {{ reign_columns() }}
from every_series
