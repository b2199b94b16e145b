-- The main figures of a month and border region side by side, NULL where not published. Releases by
-- CBP only: ICE's releases are not here, because they include people arrested in the interior and
-- are counted in the month of release (see `detention_monthly`).
with encounters as (
    select
        reference_month,
        border_region,
        series,
        vintage_id,
        is_partial,
        covered_through,
        {{ whole_sum('encounter_count') }} as encounter_count,
        cast(sum(if(encounter_type = 'inadmissible', encounter_count, 0)) as bigint) as inadmissible_count,
        cast(sum(if(title_of_authority = 'title_42', encounter_count, 0)) as bigint) as expulsion_count,
        count(component) = count(*) as is_split_by_component,
        count(encounter_count) = count(*) as is_whole
    from {{ ref('encounters') }}
    group by all
),

apprehensions as (
    select
        reference_month,
        border_region,
        series,
        vintage_id,
        is_partial,
        covered_through,
        {{ whole_sum('apprehension_count') }} as apprehension_count
    from {{ ref('apprehensions') }}
    group by all
),

releases_of_each_type as (
    select
        reference_month,
        'southwest' as border_region,
        release_type,
        series,
        vintage_id,
        is_partial,
        covered_through,
        is_rounded,
        {{ whole_sum('release_count') }} as release_count
    from {{ ref('releases_from_border_custody') }}
    group by all
),

releases as (
    select
        reference_month,
        border_region,
        series,
        vintage_id,
        is_partial,
        covered_through,
        is_rounded,
        cast(sum(if(release_type = 'usbp_release', release_count, null)) as bigint) as usbp_release_count,
        cast(sum(if(release_type = 'ofo_parole', release_count, null)) as bigint) as ofo_parole_count
    from releases_of_each_type
    group by all
),

months as (
    select
        reference_month,
        border_region
    from encounters
    union
    select
        reference_month,
        border_region
    from apprehensions
    union
    select
        reference_month,
        border_region
    from releases
),

side_by_side as (
    select
        months.reference_month,
        months.border_region,
        encounters.encounter_count,
        apprehensions.apprehension_count,
        if(encounters.is_whole and encounters.is_split_by_component, encounters.inadmissible_count, null)
            as inadmissible_count,
        if(encounters.is_whole, encounters.expulsion_count, null) as expulsion_count,
        releases.usbp_release_count,
        releases.ofo_parole_count,
        encounters.series as encounters_series,
        apprehensions.series as apprehensions_series,
        releases.series as releases_series,
        encounters.vintage_id as encounters_vintage_id,
        apprehensions.vintage_id as apprehensions_vintage_id,
        releases.vintage_id as releases_vintage_id,
        coalesce(releases.is_rounded, false) as is_rounded,
        coalesce(encounters.is_partial, false)
        or coalesce(apprehensions.is_partial, false)
        or coalesce(releases.is_partial, false) as is_partial,
        least(encounters.covered_through, apprehensions.covered_through, releases.covered_through)
            as covered_through
    from months
    left join encounters
        on
            months.reference_month = encounters.reference_month
            and months.border_region = encounters.border_region
    left join apprehensions
        on
            months.reference_month = apprehensions.reference_month
            and months.border_region = apprehensions.border_region
    left join releases
        on
            months.reference_month = releases.reference_month
            and months.border_region = releases.border_region
)

select
    this_month.reference_month,
    this_month.border_region,
    this_month.encounter_count,
    this_month.apprehension_count,
    this_month.inadmissible_count,
    this_month.expulsion_count,
    this_month.expulsion_count / nullif(this_month.encounter_count, 0) as expulsion_share,
    this_month.usbp_release_count,
    this_month.ofo_parole_count,
    this_month.encounter_count - month_before.encounter_count as encounter_change_on_month,
    this_month.encounter_count - year_before.encounter_count as encounter_change_on_year,
    {{ fiscal_year('this_month.reference_month') }} as fiscal_year,
    {{ fiscal_quarter('this_month.reference_month') }} as fiscal_quarter,
    this_month.encounters_series,
    this_month.apprehensions_series,
    this_month.releases_series,
    this_month.encounters_vintage_id,
    this_month.apprehensions_vintage_id,
    this_month.releases_vintage_id,
    this_month.is_rounded,
    this_month.is_partial,
    this_month.covered_through,
    'encounter_month' as date_basis,
    false as is_corrected,
    true as is_derived,
    nullif(
        concat_ws(
            '; ',
            case
                when this_month.encounters_series is null
                    then 'encounters, inadmissibles, expulsions: no publication held covers the month'
                when this_month.encounter_count is null
                    then 'encounters, inadmissibles, expulsions: a part is not published'
                when this_month.inadmissible_count is null
                    then 'inadmissibles: the state file does not say which component'
            end,
            case
                when this_month.apprehension_count is not null then null
                when this_month.apprehensions_series is not null
                    then 'apprehensions: a part is not published'
                when this_month.encounters_series = 'cbp_nationwide_encounters_state'
                    then 'apprehensions: the state file does not say which component'
                when this_month.encounters_series is not null
                    then 'apprehensions: none in the file'
                else 'apprehensions: no publication held covers the month'
            end,
            case
                when this_month.border_region != 'southwest'
                    then 'releases and paroles: published for the southwest only'
                when this_month.releases_series is null
                    then 'releases and paroles: no publication held covers the month'
                when this_month.releases_series = 'cbp_custody_transfers'
                    then 'paroles: not on the custody page'
            end
        ),
        ''
    ) as null_reason
from side_by_side as this_month
left join side_by_side as month_before
    on
        this_month.border_region = month_before.border_region
        and this_month.reference_month = month_before.reference_month + interval 1 month
left join side_by_side as year_before
    on
        this_month.border_region = year_before.border_region
        and this_month.reference_month = year_before.reference_month + interval 1 year
