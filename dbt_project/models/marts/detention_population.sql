-- How many people ICE held: on the day of each workbook (currently detained), and on average per
-- month (average daily population). Averages and head counts of different days never add up.
-- Every workbook counts another day, so all of them are here, not the newest only.
with counted_days as (
    select
        detained.*,
        newest.series,
        newest.population_date
    from {{ ref('stg_ice__currently_detained') }} as detained
    inner join {{ ref('int_newest_vintage_by_day') }} as newest
        on
            detained.vintage_id = newest.vintage_id
            and detained.table_name = newest.table_name
    where detained.unit = 'people'
),

currently_detained as (
    select
        cast(date_trunc('month', population_date) as date) as reference_month,
        population_date,
        'currently_detained' as measure,
        arresting_agency,
        criminality,
        value,
        null_reason,
        series,
        vintage_id,
        false as is_partial,
        population_date as covered_through,
        'population_date' as date_basis
    from counted_days
),

average_of_month as (
    select
        reference_month,
        covered_through as population_date,
        'average_daily_population' as measure,
        arresting_agency,
        criminality,
        value,
        null_reason,
        series,
        vintage_id,
        is_partial,
        covered_through,
        'average_of_month' as date_basis
    from {{ newest_by_month(ref('stg_ice__average_daily_population')) }}
),

every_measure as (
    select * from currently_detained
    union all
    select * from average_of_month
)

select
    reference_month,
    population_date,
    measure,
    arresting_agency,
    criminality,
    value as person_count,
    null_reason,
    false as is_additive,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    series,
    vintage_id,
    false as is_rounded,
    is_partial,
    covered_through,
    date_basis,
    false as is_corrected,
    false as is_derived
from every_measure
where arresting_agency != 'Total' and criminality is not null
