-- The published monthly totals that `detention_monthly` shows and no mart has: the rows of
-- `ice_removals` and of `detention_population` add up to them but for rounding.
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

every_measure as (
    select * from removals
    union all
    select * from average_population
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
