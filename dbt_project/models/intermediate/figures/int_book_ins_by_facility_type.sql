-- Initial book-ins of a fiscal year to date by type of facility. The FY2020 workbook as captured in
-- January 2021 swaps the labels of its two rows (seeds/corrections.csv).
select
    fiscal_year,
    facility_type,
    criminality,
    cast(value as bigint) as book_in_count,
    null_reason,
    published_value as published_book_in_count,
    'fiscal_year_to_date' as date_basis,
    is_corrected,
    false as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from {{ reigning_by_fiscal_year(ref('stg_ice__book_ins_by_facility_type')) }}
where facility_type != 'total' and criminality is not null
