-- Exits from ICE detention by reason and criminality: the ICE workbook, else OHSS for months that
-- the workbook has no figure for (it was annual to April 2021). Only whole reasons are here: bonds
-- set by ICE and by a judge are parts of 'bonded_out'. What is counted changed in 2024, so
-- `definition` goes with each figure and figures of two definitions are no one line.
with ice_workbook as (
    select
        1 as precedence,
        reference_month,
        release_reason,
        criminality,
        definition,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_ice__final_book_outs')) }}
    where
        release_reason != 'total'
        and criminality is not null
        and not is_sub_reason
),

ohss as (
    select
        2 as precedence,
        reference_month,
        column_code as release_reason,
        block_code as criminality,
        'ohss_book_outs' as definition,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
    where
        table_name = 'ice_book_outs_by_criminality'
        and block_code != 'total'
        and column_code != 'total'
),

every_series as (
    select * from ice_workbook
    union all
    select * from ohss
)

select
    every_series.reference_month,
    every_series.release_reason,
    every_series.criminality,
    every_series.definition,
    coalesce(reasons.release_class, 'unclassified') as release_class,
    coalesce(reasons.is_released_into_us, false) as is_released_into_us,
    cast(every_series.value as bigint) as book_out_count,
    every_series.null_reason,
    every_series.published_value as published_book_out_count,
    {{ fiscal_year('every_series.reference_month') }} as fiscal_year,
    'release_month' as date_basis,
    every_series.is_corrected,
    false as is_derived,
    every_series.precedence,
    {{ reign_columns() }}
from every_series
left join {{ release_reasons() }} as reasons on every_series.release_reason = reasons.release_reason
