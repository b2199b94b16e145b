-- What became of each encounter at the southwest border, by component. The rows of one month and
-- component add up to its encounters; book-outs are counted in the month of the encounter.
select
    reference_month,
    block_code as component,
    column_code as outcome,
    cast(value as bigint) as person_count,
    null_reason,
    published_value as published_person_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'encounter_month' as date_basis,
    is_corrected,
    false as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
where
    table_name = 'swb_book_outs_by_agency'
    and block_code != 'total'
    and column_code != 'total_encounters'
