-- Each carried-in published total beside the sum of our figures of the same months, regions,
-- component and title, now and as of the day it was published. A sum counts only if each month and
-- region of it is held and split as asked.
with totals as (
    select
        *,
        row_number() over () as total_number
    from {{ ref('int_control_totals') }}
),

wanted as (
    select
        totals.*,
        calendar.reference_month,
        unnest(totals.border_regions) as border_region
    from totals
    inner join {{ ref('int_fiscal_calendar') }} as calendar
        on calendar.reference_month between totals.first_month and totals.last_month
),

wanted_now_and_then as (
    select
        *,
        cast(null as date) as as_of
    from wanted
    union all
    select
        *,
        published_on as as_of
    from wanted
    where published_on is not null
),

-- one row per total, day, month and region
answered as (
    select
        wanted.total_number,
        wanted.as_of,
        wanted.reference_month,
        wanted.border_region,
        count(figures.reference_month) > 0 as is_held,
        count(figures.reference_month) filter (
            where wanted.component is null or figures.component is not null
        ) > 0 as is_split,
        count(*) filter (where figures.figure is null and figures.reference_month is not null) > 0
            as is_incomplete,
        coalesce(
            sum(figures.figure) filter (
                where (wanted.component is null or wanted.component = figures.component)
                and (
                    wanted.title_of_authority is null
                    or wanted.title_of_authority = figures.title_of_authority
                )
            ), 0
        ) as figure
    from wanted_now_and_then as wanted
    left join {{ ref('int_comparable_figures') }} as figures
        on
            wanted.as_of is not distinct from figures.as_of
            and wanted.reference_month = figures.reference_month
            and wanted.border_region = figures.border_region
            and (wanted.component = 'USBP' or not figures.is_border_patrol_only)
    group by all
),

summed as (
    select
        total_number,
        as_of,
        if(bool_and(is_split and not is_incomplete), sum(figure), null) as figure,
        count(*) filter (where not is_held) as lacking,
        string_agg(distinct border_region, ', ' order by border_region) filter (where not is_held)
            as regions_lacking,
        string_agg(distinct border_region, ', ' order by border_region) filter (where is_held and not is_split)
            as regions_not_split
    from answered
    group by all
),

-- the same sum from the cut by state, which says nothing of components: where this one agrees, two
-- files of the agency differ, by no more than such files do
by_state as (
    select
        wanted.total_number,
        sum(states.encounter_count) as figure
    from wanted
    inner join {{ ref('encounters_by_state') }} as states
        on wanted.reference_month = states.reference_month and wanted.border_region = states.border_region
    where
        wanted.component is null
        and (wanted.title_of_authority is null or wanted.title_of_authority = states.title_of_authority)
    group by all
)

select
    'published total' as comparison,
    totals.measure,
    totals.scope,
    totals.period,
    totals.first_month,
    totals.last_month,
    cast(totals.value as double) as published,
    totals.published_on,
    totals.source as published_source,
    'encounters' as our_table,
    cast(then_summed.figure as double) as ours_as_of_then,
    cast(summed.figure as double) as ours_now,
    0 as rounding,
    if(by_state.figure = totals.value, totals.value * between_files.allowed_share_if_open, 0)
        as allowed_difference,
    cast(null as double) as sum_of_published_parts,
    case
        when summed.lacking > 0
            then format('no publication held covers {} of its months ({})', summed.lacking, summed.regions_lacking)
        when summed.regions_not_split is not null
            then 'the publications held do not say which component (' || summed.regions_not_split || ')'
        when summed.figure is null then 'a part is not published'
    end as not_comparable_reason
from totals
left join summed on totals.total_number = summed.total_number and summed.as_of is null
left join summed as then_summed
    on totals.total_number = then_summed.total_number and totals.published_on = then_summed.as_of
left join by_state on totals.total_number = by_state.total_number
left join {{ ref('compared_series') }} as between_files
    on between_files.comparison = 'southwest_encounters_by_state'
