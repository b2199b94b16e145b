-- The published monthly totals that `detention_monthly` shows and no mart has: the rows of
-- `ice_removals` and of `detention_population` add up to them but for rounding. The releases are the
-- totals that ICE prints per reason: they are there where a cell of the reason is blank (paroles of
-- May 2025 in FY25_detentionStats08142025).
with removals as (
    select
        reference_month,
        'removals' as measure,
        value,
        published_value,
        is_corrected,
        {{ reign_columns() }}
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
    where
        table_name = 'ice_removals_and_returns_by_arresting_agency'
        and column_code = 'total'
),

average_population as (
    select
        reference_month,
        'average_daily_population' as measure,
        value,
        published_value,
        is_corrected,
        {{ reign_columns() }}
    from {{ reigning_by_month(ref('stg_ice__average_daily_population')) }}
    where arresting_agency = 'Total' and criminality is null
),

releases as (
    select
        book_outs.reference_month,
        'releases' as measure,
        {{ whole_sum('book_outs.value') }} as value,
        {{ published_sum() }} as published_value,
        bool_or(book_outs.is_corrected) as is_corrected,
        {{ reign_columns() }}
    from {{ reigning_by_month(ref('stg_ice__final_book_outs')) }} as book_outs
    inner join {{ release_reasons() }} as reasons
        on book_outs.release_reason = reasons.release_reason
    where
        book_outs.criminality is null
        and not book_outs.is_sub_reason
        and reasons.is_released_into_us
    group by all
),

every_measure as (
    select * from removals
    union all
    select * from average_population
    union all
    select * from releases
)

select
    reference_month,
    measure,
    value,
    published_value,
    is_corrected,
    1 as precedence,
    {{ reign_columns() }}
from every_measure
