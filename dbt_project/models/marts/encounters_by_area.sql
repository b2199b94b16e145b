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
    {{ shared_columns('encounter_month') }}
from {{ newest_by_month(ref('stg_cbp__nationwide_encounters_aor')) }}
group by all
