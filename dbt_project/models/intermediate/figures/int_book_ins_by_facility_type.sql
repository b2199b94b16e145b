-- Initial book-ins of a fiscal year to date by type of facility. The FY2020 workbook as captured in
-- January 2021 swaps the labels of its two rows; `published_book_in_count` is then what stood there.
with reigning as (
    select *
    from {{ reigning_by_fiscal_year(ref('stg_ice__book_ins_by_facility_type')) }}
)

select
    reigning.fiscal_year,
    reigning.facility_type,
    reigning.criminality,
    cast(reigning.value as bigint) as book_in_count,
    reigning.null_reason,
    if(reigning.is_corrected, coalesce(reigning.published_value, as_published.value), null)
        as published_book_in_count,
    'fiscal_year_to_date' as date_basis,
    reigning.is_corrected,
    false as is_derived,
    1 as precedence,
    reigning.series,
    reigning.vintage_id,
    reigning.covered_through,
    reigning.is_partial,
    reigning.valid_from,
    reigning.valid_to,
    reigning.is_estimated
from reigning
left join reigning as as_published
    on
        reigning.vintage_id = as_published.vintage_id
        and reigning.fiscal_year = as_published.fiscal_year
        and reigning.facility_type = as_published.published_facility_type
        and reigning.criminality = as_published.criminality
where reigning.facility_type != 'total' and reigning.criminality is not null
