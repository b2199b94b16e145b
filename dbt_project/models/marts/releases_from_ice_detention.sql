-- People whom ICE let out of detention into the US: the book-outs whose reason means just that.
-- Never to be added to `releases_from_border_custody`: these include people arrested in the
-- interior, and they are counted in the month of release, those in the month of the encounter.
select
    reference_month,
    release_reason,
    criminality,
    book_out_count as release_count,
    null_reason,
    fiscal_year,
    series,
    vintage_id,
    is_rounded,
    is_partial,
    covered_through,
    date_basis,
    is_corrected,
    is_derived
from {{ ref('book_outs') }}
where is_released_into_us
