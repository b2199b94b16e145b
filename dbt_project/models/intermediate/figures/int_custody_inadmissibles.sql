-- People found inadmissible under Title 8 at the southwest ports, by field office, from CBP's custody
-- page; no file held gives field offices otherwise. The page has an extract of its own, so it is no
-- part of `encounters`.
select
    reference_month,
    row_code as field_office,
    cast(value as bigint) as inadmissible_count,
    null_reason,
    published_value as published_inadmissible_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'encounter_month' as date_basis,
    is_corrected,
    false as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from {{ reigning_by_month(ref('stg_cbp__custody_transfers')) }}
where table_name = 'title_8_inadmissibles' and row_code != 'total'
