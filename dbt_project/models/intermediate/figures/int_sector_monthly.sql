-- Encounters by Border Patrol sector and field office, back to October 1999. One series gives all
-- rows of a month, component and border region: the area file, else OHSS (southwest only, rounded
-- to 10), else the Border Patrol history.
with by_area as (
    select
        1 as precedence,
        reference_month,
        component,
        border_region,
        area_of_responsibility,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__nationwide_encounters_aor')) }}
),

ohss as (
    select
        2 as precedence,
        reference_month,
        block_code as component,
        'southwest' as border_region,
        column_code as area_of_responsibility,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_ohss__monthly_tables')) }}
    where
        table_name = 'swb_encounters_by_sector'
        and block_code != 'total'
        and column_code != 'total'
),

history as (
    select
        3 as precedence,
        reference_month,
        'USBP' as component,
        {{ region_of_history('border_region') }} as border_region,
        sector as area_of_responsibility,
        {{ reign_columns() }},
        {{ cell() }}
    from {{ reigning_by_month(ref('stg_cbp__border_patrol_history')) }}
    where level = 'sector'
),

every_series as (
    select * from by_area
    union all
    select * from ohss
    union all
    select * from history
)

select
    reference_month,
    component,
    border_region,
    area_of_responsibility,
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
