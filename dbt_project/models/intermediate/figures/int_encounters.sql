-- Of the three series that report encounters, one gives all rows of a month and border region: the
-- cut by area, else the southwest file, else the cut by state. Their figures are never added.
with by_area as (
    select
        1 as precedence,
        reference_month,
        border_region,
        component,
        demographic,
        citizenship_group,
        title_of_authority,
        encounter_type,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__nationwide_encounters_aor')) }}
),

southwest as (
    select
        2 as precedence,
        reference_month,
        'southwest' as border_region,
        component,
        demographic,
        citizenship_group,
        title_of_authority,
        encounter_type,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__southwest_encounters')) }}
),

by_state as (
    select
        3 as precedence,
        reference_month,
        border_region,
        cast(null as varchar) as component,
        demographic,
        citizenship_group,
        title_of_authority,
        case when title_of_authority = 'title_42' then 'expulsion' end as encounter_type,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__nationwide_encounters_state')) }}
),

every_series as (
    select * from by_area
    union all
    select * from southwest
    union all
    select * from by_state
)

select
    reference_month,
    border_region,
    component,
    demographic,
    citizenship_group,
    title_of_authority,
    encounter_type,
    case
        when series = 'cbp_nationwide_encounters_state' then 'the state file does not say which component'
    end as component_null_reason,
    {{ whole_sum('value') }} as encounter_count,
    min(null_reason) as null_reason,
    {{ published_sum() }} as published_encounter_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'encounter_month' as date_basis,
    bool_or(is_corrected) as is_corrected,
    false as is_derived,
    precedence,
    {{ reign_columns() }}
from every_series
group by all
