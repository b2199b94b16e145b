-- Initial book-ins to ICE detention by arresting agency: the ICE workbook, else OHSS (rounded to 10).
with ice_workbook as (
    select
        1 as precedence,
        reference_month,
        arresting_agency,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_ice__initial_book_ins')) }}
    where arresting_agency != 'Total'
),

ohss as (
    select
        2 as precedence,
        reference_month,
        column_code as arresting_agency,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
    where
        table_name = 'ice_book_ins_by_arresting_agency'
        and column_code in ('CBP', 'ICE')
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
    false as is_derived,
    precedence,
    {{ reign_columns() }}
from every_series
