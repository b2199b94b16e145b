-- What became of each encounter at the southwest border, by family status: families released
-- rather than expelled, single adults still expelled. Counted in the month of the encounter.
select
    reference_month,
    block_code as family_status,
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
    table_name = 'swb_book_outs_by_family_status'
    and block_code != 'total'
    and column_code != 'total_encounters'
