-- Encounters by Border Patrol sector and field office, with each published citizenship.
select
    reference_month,
    component,
    border_region,
    area_of_responsibility,
    demographic,
    citizenship,
    citizenship_group,
    title_of_authority,
    encounter_type,
    {{ whole_sum('value') }} as encounter_count,
    min(null_reason) as null_reason,
    {{ published_sum() }} as published_encounter_count,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    'encounter_month' as date_basis,
    bool_or(is_corrected) as is_corrected,
    false as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from {{ reigning_by_month(ref('stg_cbp__nationwide_encounters_aor')) }}
group by all
