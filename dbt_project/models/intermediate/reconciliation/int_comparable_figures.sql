-- CBP's figures as far as a published total can be held against them: by month, border region,
-- component and title, now (`as_of` is NULL) and as of the days on which totals were published.
-- Before Title 42 began, Border Patrol's apprehensions are all of its encounters, so the history
-- answers for months that no file with components covers.
with days as (
    select distinct published_on as as_of
    from {{ ref('int_control_totals') }}
    where published_on is not null
),

encounters as (
    select
        as_of,
        reference_month,
        border_region,
        component,
        title_of_authority,
        {{ whole_sum('encounter_count') }} as figure
    from {{ now_and_then(
        ref('encounters'), ref('history_encounters'), 'days',
        ['reference_month', 'border_region', 'component', 'title_of_authority', 'encounter_count'],
    ) }}
    group by all
),

apprehensions as (
    select
        as_of,
        reference_month,
        border_region,
        'USBP' as component,
        'title_8' as title_of_authority,
        {{ whole_sum('apprehension_count') }} as figure
    from {{ now_and_then(
        ref('apprehensions'), ref('history_apprehensions'), 'days',
        ['reference_month', 'border_region', 'apprehension_count'],
    ) }}
    where reference_month < date '2020-03-01'
    group by all
)

select
    *,
    false as is_border_patrol_only
from encounters

union all

select
    apprehensions.*,
    true as is_border_patrol_only
from apprehensions
anti join encounters
    on
        apprehensions.as_of is not distinct from encounters.as_of
        and apprehensions.reference_month = encounters.reference_month
        and apprehensions.border_region = encounters.border_region
        and encounters.component is not null
