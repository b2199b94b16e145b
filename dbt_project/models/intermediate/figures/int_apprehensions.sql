-- Border Patrol, Title 8. The history counts Title 42 expulsions in from March 2020 on, so it serves
-- only until February 2020. The state file does not say which component and never serves here.
-- What the history calls coastal sectors are the sectors that the area file files under 'other'.
with by_area as (
    select
        1 as precedence,
        reference_month,
        border_region,
        area_of_responsibility as sector,
        demographic,
        citizenship_group,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__nationwide_encounters_aor')) }}
    where component = 'USBP' and title_of_authority = 'title_8'
),

southwest as (
    select
        2 as precedence,
        reference_month,
        'southwest' as border_region,
        cast(null as varchar) as sector,
        demographic,
        citizenship_group,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__southwest_encounters')) }}
    where component = 'USBP' and title_of_authority = 'title_8'
),

history as (
    select
        3 as precedence,
        reference_month,
        {{ region_of_history('border_region') }} as border_region,
        sector,
        cast(null as varchar) as demographic,
        cast(null as varchar) as citizenship_group,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__border_patrol_history')) }}
    where level = 'sector' and reference_month < date '2020-03-01'
),

every_series as (
    select * from by_area
    union all
    select * from southwest
    union all
    select * from history
)

select
    reference_month,
    border_region,
    sector,
    demographic,
    citizenship_group,
    {{ whole_sum('value') }} as apprehension_count,
    min(null_reason) as null_reason,
    {{ published_sum() }} as published_apprehension_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'encounter_month' as date_basis,
    bool_or(is_corrected) as is_corrected,
    false as is_derived,
    precedence,
    {{ reign_columns() }}
from every_series
group by all
