-- How many people ICE held: on the day of each workbook (currently detained), and on average per
-- month (average daily population). Averages and head counts of different days never add up.
-- Every workbook counts another day, so all of them are here, not the newest only.
with counted_days as (
    select
        detained.*,
        reigns.series,
        reigns.population_date,
        reigns.population_date as covered_through,
        false as is_partial,
        reigns.valid_from,
        reigns.valid_to,
        reigns.is_estimated
    from {{ ref('stg_ice__currently_detained') }} as detained
    inner join {{ ref('int_reigns_by_day') }} as reigns
        on
            detained.vintage_id = reigns.vintage_id
            and detained.table_name = reigns.table_name
    where detained.unit = 'people'
),

currently_detained as (
    select
        cast(date_trunc('month', population_date) as date) as reference_month,
        population_date,
        'currently_detained' as measure,
        arresting_agency,
        criminality,
        {{ cell() }},
        {{ reign_columns() }},
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
        {{ cell() }},
        {{ reign_columns() }},
        'average_of_month' as date_basis
    from {{ reigning_by_month(ref('stg_ice__average_daily_population')) }}
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
    published_value as published_person_count,
    false as is_additive,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    date_basis,
    is_corrected,
    false as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from every_measure
where arresting_agency != 'Total' and criminality is not null
