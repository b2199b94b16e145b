-- Encounters by state; this cut says nothing of component, sector or field office.
select
    reference_month,
    border_region,
    state,
    demographic,
    citizenship,
    citizenship_group,
    title_of_authority,
    {{ whole_sum('value') }} as encounter_count,
    min(null_reason) as null_reason,
    {{ shared_columns('encounter_month') }}
from {{ newest_by_month(ref('stg_cbp__nationwide_encounters_state')) }}
group by all
