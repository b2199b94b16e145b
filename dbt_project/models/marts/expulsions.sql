-- Encounters under Title 42 (2020-03-20 to 2023-05-11), from the same rows as `encounters`.
select
    reference_month,
    border_region,
    component,
    demographic,
    citizenship_group,
    component_null_reason,
    encounter_count as expulsion_count,
    null_reason,
    fiscal_year,
    series,
    vintage_id,
    is_rounded,
    is_partial,
    covered_through,
    date_basis,
    is_corrected,
    is_derived
from {{ ref('encounters') }}
where title_of_authority = 'title_42'
