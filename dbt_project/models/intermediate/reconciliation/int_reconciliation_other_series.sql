-- The same figure from two series: the one that a mart serves (ours) and the other (published). What
-- difference is allowed, more where ours was drawn before its fiscal year was closed, and why there
-- is one at all, stands in seeds/compared_series.csv.
with ohss as (
    select * from {{ newest(reigning_by_month(ref('stg_ohss__monthly_tables'))) }}
    where table_name = 'swb_encounters_by_sector' and column_code = 'total'
),

ohss_of_year as (
    select
        printed.*,
        printed.covered_through >= make_date(printed.fiscal_year, 9, 30) as is_whole_year
    from {{ newest(reigning_by_fiscal_year(ref('stg_ohss__monthly_tables'))) }} as printed
    where
        printed.table_name = 'ice_book_ins_by_arresting_agency'
        or (printed.table_name = 'ice_book_outs_by_criminality' and printed.block_code = 'total')
),

by_state as (
    select
        reference_month,
        vintage_id,
        sum(value) as figure
    from {{ newest(reigning_by_month(ref('stg_cbp__nationwide_encounters_state'))) }}
    where border_region = 'southwest'
    group by all
),

history as (
    select
        reference_month,
        vintage_id,
        value as figure
    from {{ newest(reigning_by_month(ref('stg_cbp__border_patrol_history'))) }}
    where level = 'region_total' and border_region = 'southwest'
),

custody as (
    select
        reference_month,
        any_value(vintage_id) as vintage_id,
        sum(inadmissible_count) as figure
    from {{ ref('custody_inadmissibles') }}
    group by all
    having count(*) = count(inadmissible_count)
),

compared_vintages as (
    select vintage_id from ohss
    union
    select vintage_id from ohss_of_year
    union
    select vintage_id from by_state
    union
    select vintage_id from history
    union
    select vintage_id from custody
),

days as (
    select distinct vintages.known_on as as_of
    from {{ source('ledger', 'vintages') }} as vintages
    inner join compared_vintages on vintages.vintage_id = compared_vintages.vintage_id
),

-- ours, now (`as_of` is NULL) and as of the days on which the others were published
southwest as (
    select
        as_of,
        reference_month,
        sum(encounter_count) as figure,
        sum(encounter_count) filter (where component = 'OFO' and title_of_authority = 'title_8') as inadmissibles
    from {{ now_and_then(
        ref('encounters'), ref('history_encounters'), 'days',
        ['reference_month', 'border_region', 'component', 'title_of_authority', 'encounter_count'],
    ) }}
    where border_region = 'southwest'
    group by all
),

border_patrol as (
    select
        as_of,
        reference_month,
        count(*) as area_count,
        sum(encounter_count) as figure
    from {{ now_and_then(
        ref('sector_monthly'), ref('history_sector_monthly'), 'days',
        ['reference_month', 'border_region', 'component', 'encounter_count'],
    ) }}
    where component = 'USBP' and border_region = 'southwest'
    group by all
),

ice_years as (
    select *
    from {{ now_and_then(
        ref('ice_fiscal_year_totals'), ref('history_ice_fiscal_year_totals'), 'days',
        ['fiscal_year', 'measure', 'breakdown', 'total'],
    ) }}
    where measure in ('book_ins', 'book_ins_by_arresting_agency', 'releases_by_reason', 'book_outs_by_reason')
),

-- which series ours comes from now, and whether the fiscal year was open when it was drawn
series_of_southwest as (
    select distinct
        encounters.reference_month,
        encounters.series,
        vintages.known_on <= last_day(make_date(encounters.fiscal_year, 10, 1)) as is_open
    from {{ ref('encounters') }} as encounters
    inner join {{ source('ledger', 'vintages') }} as vintages on encounters.vintage_id = vintages.vintage_id
    where encounters.border_region = 'southwest'
),

series_of_border_patrol as (
    select distinct
        reference_month,
        series,
        is_rounded
    from {{ ref('sector_monthly') }}
    where component = 'USBP' and border_region = 'southwest'
),

partial_ice_years as (
    select distinct
        fiscal_year,
        measure,
        is_partial
    from {{ ref('ice_fiscal_year_totals') }}
),

pairs as (
    select
        'southwest_encounters_by_month' as comparison,
        'all encounters' as scope,
        ohss.reference_month as first_month,
        ohss.reference_month as last_month,
        ohss.value as published,
        ohss.vintage_id,
        southwest.as_of,
        southwest.figure,
        series_of_southwest.is_open,
        true as is_whole,
        5 as rounding
    from ohss
    inner join southwest on ohss.reference_month = southwest.reference_month
    inner join series_of_southwest on southwest.reference_month = series_of_southwest.reference_month
    where ohss.block_code = 'total' and not ohss.is_partial

    union all

    select
        'southwest_encounters_by_state' as comparison,
        'all encounters' as scope,
        by_state.reference_month as first_month,
        by_state.reference_month as last_month,
        by_state.figure as published,
        by_state.vintage_id,
        southwest.as_of,
        southwest.figure,
        series_of_southwest.is_open,
        true as is_whole,
        0 as rounding
    from by_state
    inner join southwest on by_state.reference_month = southwest.reference_month
    inner join series_of_southwest on southwest.reference_month = series_of_southwest.reference_month
    where series_of_southwest.series != 'cbp_nationwide_encounters_state'

    union all

    select
        'southwest_border_patrol_history' as comparison,
        'Border Patrol encounters' as scope,
        history.reference_month as first_month,
        history.reference_month as last_month,
        history.figure as published,
        history.vintage_id,
        border_patrol.as_of,
        border_patrol.figure,
        false as is_open,
        true as is_whole,
        if(series_of_border_patrol.is_rounded, 5 * border_patrol.area_count, 0) as rounding
    from history
    inner join border_patrol on history.reference_month = border_patrol.reference_month
    inner join series_of_border_patrol
        on border_patrol.reference_month = series_of_border_patrol.reference_month
    where series_of_border_patrol.series != 'cbp_border_patrol_history'

    union all

    select
        'southwest_inadmissibles' as comparison,
        'inadmissibles at ports of entry' as scope,
        custody.reference_month as first_month,
        custody.reference_month as last_month,
        custody.figure as published,
        custody.vintage_id,
        southwest.as_of,
        southwest.inadmissibles as figure,
        series_of_southwest.is_open,
        true as is_whole,
        0 as rounding
    from custody
    inner join southwest on custody.reference_month = southwest.reference_month
    inner join series_of_southwest on southwest.reference_month = series_of_southwest.reference_month
    where southwest.inadmissibles is not null

    union all

    select
        'ice_book_ins_by_fiscal_year' as comparison,
        coalesce(ice_years.breakdown, 'all agencies') as scope,
        make_date(ice_years.fiscal_year - 1, 10, 1) as first_month,
        make_date(ice_years.fiscal_year, 9, 1) as last_month,
        ohss_of_year.value as published,
        ohss_of_year.vintage_id,
        ice_years.as_of,
        ice_years.total as figure,
        partial_ice_years.is_partial as is_open,
        ohss_of_year.is_whole_year as is_whole,
        5 as rounding
    from ohss_of_year
    inner join ice_years
        on
            ohss_of_year.fiscal_year = ice_years.fiscal_year
            and ohss_of_year.column_code = coalesce(ice_years.breakdown, 'total')
    inner join partial_ice_years
        on ice_years.fiscal_year = partial_ice_years.fiscal_year and ice_years.measure = partial_ice_years.measure
    where
        ohss_of_year.table_name = 'ice_book_ins_by_arresting_agency'
        and ice_years.measure in ('book_ins', 'book_ins_by_arresting_agency')

    union all

    select
        'ice_book_outs_by_fiscal_year' as comparison,
        coalesce(ice_years.breakdown, 'all agencies') as scope,
        make_date(ice_years.fiscal_year - 1, 10, 1) as first_month,
        make_date(ice_years.fiscal_year, 9, 1) as last_month,
        ohss_of_year.value as published,
        ohss_of_year.vintage_id,
        ice_years.as_of,
        ice_years.total as figure,
        partial_ice_years.is_partial as is_open,
        ohss_of_year.is_whole_year as is_whole,
        5 as rounding
    from ohss_of_year
    inner join ice_years
        on
            ohss_of_year.fiscal_year = ice_years.fiscal_year
            and ohss_of_year.column_code = coalesce(ice_years.breakdown, 'total')
    inner join partial_ice_years
        on ice_years.fiscal_year = partial_ice_years.fiscal_year and ice_years.measure = partial_ice_years.measure
    where
        ohss_of_year.table_name = 'ice_book_outs_by_criminality'
        and ice_years.measure in ('releases_by_reason', 'book_outs_by_reason')
),

-- one row per pair: ours of now beside ours of the day on which the other was published
compared as (
    select
        pairs.comparison,
        pairs.scope,
        pairs.first_month,
        pairs.last_month,
        pairs.vintage_id,
        vintages.known_on,
        vintages.series || ', ' || vintages.published_name as published_source,
        max(pairs.published) as published,
        max(pairs.figure) filter (where pairs.as_of is null) as ours_now,
        max(pairs.figure) filter (where pairs.as_of = vintages.known_on) as ours_as_of_then,
        bool_or(pairs.is_open) as is_open,
        bool_and(pairs.is_whole) as is_whole,
        max(pairs.rounding) filter (where pairs.as_of is null) as rounding
    from pairs
    inner join {{ source('ledger', 'vintages') }} as vintages on pairs.vintage_id = vintages.vintage_id
    group by all
)

select
    'other series' as comparison,
    replace(compared.comparison, '_', ' ') as measure,
    compared.scope,
    if(
        compared.first_month = compared.last_month,
        strftime(compared.first_month, '%Y-%m'),
        'FY' || year(compared.last_month)
    ) as period,
    compared.first_month,
    compared.last_month,
    cast(compared.published as double) as published,
    compared.known_on as published_on,
    compared.published_source,
    allowed.our_table,
    cast(compared.ours_as_of_then as double) as ours_as_of_then,
    cast(compared.ours_now as double) as ours_now,
    compared.rounding,
    compared.published * if(compared.is_open, allowed.allowed_share_if_open, allowed.allowed_share)
        as allowed_difference,
    cast(null as double) as sum_of_published_parts,
    case
        when compared.published is null then 'the other series does not publish it'
        when not compared.is_whole then 'the other series covers a part of the fiscal year only'
    end as not_comparable_reason
from compared
inner join {{ ref('compared_series') }} as allowed on compared.comparison = allowed.comparison
where compared.ours_now is not null
