-- The totals that the current vintages print themselves (`printed`), beside the sums of our figures of
-- the same rows (`ours`) and the sums of the parts as the vintage has them (`parts`): where only the
-- latter two agree, the slip is the agency's and not ours.
with book_ins as (
    select * from {{ newest(reigning_by_month(ref('stg_ice__initial_book_ins'))) }}
),

book_outs as (
    select * from {{ newest(reigning_by_month(ref('stg_ice__final_book_outs'))) }}
    where not is_sub_reason
),

book_ins_of_year as (
    select * from {{ newest(reigning_by_fiscal_year(ref('stg_ice__initial_book_ins'))) }}
),

book_outs_of_year as (
    select * from {{ newest(reigning_by_fiscal_year(ref('stg_ice__final_book_outs'))) }}
    where criminality is null and not is_sub_reason
),

facility_types as (
    select * from {{ newest(reigning_by_fiscal_year(ref('stg_ice__book_ins_by_facility_type'))) }}
    where criminality is not null
),

custody as (
    select * from {{ newest(reigning_by_month(ref('stg_cbp__custody_transfers'))) }}
    where table_name = 'title_8_inadmissibles'
),

history as (
    select
        * replace ({{ region_of_history('border_region') }} as border_region)
    from {{ newest(reigning_by_month(ref('stg_cbp__border_patrol_history'))) }}
),

ohss as (
    select *
    from {{ newest(reigning_by_month(ref('stg_ohss__monthly_tables'))) }}
    where
        table_name in (
            'swb_book_outs_by_agency', 'swb_book_outs_by_family_status', 'swb_book_outs_by_citizenship',
            'swb_encounters_by_sector', 'ice_book_outs_by_criminality'
        )
),

{#- measure, table, scope, where the total is, where the parts are; our mart, its scope, its measure -#}
{% set monthly = [
    ('book-ins by month', 'book_ins', "'all agencies'", "arresting_agency = 'Total'", "arresting_agency != 'Total'",
        'book_ins', "'all agencies'", 'book_in_count', 'ice_detention_statistics'),
    ('book-outs by month and reason', 'book_outs', 'release_reason',
        "release_reason != 'total' and criminality is null", "release_reason != 'total' and criminality is not null",
        'book_outs', 'release_reason', 'book_out_count', 'ice_detention_statistics'),
    ('book-outs by month', 'book_outs', "'all reasons'",
        "release_reason = 'total' and criminality is null", "release_reason != 'total' and criminality is not null",
        'book_outs', "'all reasons'", 'book_out_count', 'ice_detention_statistics'),
    ('inadmissibles by month', 'custody', "'southwest field offices'", "row_code = 'total'", "row_code != 'total'",
        'custody_inadmissibles', "'southwest field offices'", 'inadmissible_count', 'cbp_custody_transfers'),
    ('Border Patrol encounters by month', 'history', 'border_region', "level = 'region_total'", "level = 'sector'",
        'sector_monthly', 'border_region', 'encounter_count', 'cbp_border_patrol_history'),
    ('encounters by month and component', "(select * from ohss where table_name = 'swb_encounters_by_sector' and block_code != 'total')",
        'block_code', "column_code = 'total'", "column_code != 'total'",
        'sector_monthly', 'component', 'encounter_count', 'ohss_monthly_tables'),
    ('book-outs by month (OHSS)', "(select * from ohss where table_name = 'ice_book_outs_by_criminality')",
        "'all reasons'", "column_code = 'total' and block_code = 'total'", "column_code != 'total' and block_code != 'total'",
        'book_outs', "'all reasons'", 'book_out_count', 'ohss_monthly_tables'),
] %}
{% for cut, mart, column in [
    ('agency', 'outcomes_by_component', 'component'), ('family_status', 'outcomes_by_family_status', 'family_status'),
    ('citizenship', 'outcomes_by_citizenship', 'citizenship'),
] %}
    {% do monthly.append((
        'outcomes of encounters by month and ' ~ column,
        "(select * from ohss where table_name = 'swb_book_outs_by_" ~ cut ~ "' and block_code != 'total')",
        'block_code', "column_code = 'total_encounters'", "column_code != 'total_encounters'",
        mart, column, 'person_count', 'ohss_monthly_tables',
    )) %}
{% endfor %}

-- each monthly table: as the vintages print it, and as our marts have it
{% for measure, table, scope, is_total, is_part, mart, our_scope, count, series in monthly %}
    printed_{{ loop.index }} as (
        select
            '{{ measure }}' as measure,
            cast({{ scope }} as varchar) as scope,
            reference_month,
            vintage_id,
            '{{ mart }}' as our_table,
            max(value) filter (where {{ is_total }}) as published,
            sum(value) filter (where {{ is_part }}) as sum_of_published_parts,
            count(value) filter (where {{ is_part }}) as part_count
        from {{ table }}
        group by all
    ),

    ours_{{ loop.index }} as (
        select
            cast({{ our_scope }} as varchar) as scope,
            reference_month,
            sum({{ count }}) as ours_now
        from {{ ref(mart) }}
        where series = '{{ series }}'
        group by all
    ),

{% endfor %}
months as (
    {% for _ in monthly %}
        select
            printed.*,
            ours.ours_now
        from printed_{{ loop.index }} as printed
        left join ours_{{ loop.index }} as ours
            on printed.reference_month = ours.reference_month and printed.scope = ours.scope
        where printed.published is not null and printed.part_count > 0
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- the total that a workbook prints for its year against its months
months_of_book_ins as (
    select
        vintage_id,
        sum(value) as figure
    from {{ ref('stg_ice__initial_book_ins') }}
    where arresting_agency = 'Total' and reference_month is not null
    group by all
),

our_book_ins_of_year as (
    select
        fiscal_year,
        sum(book_in_count) as figure
    from {{ ref('book_ins') }}
    where series = 'ice_detention_statistics'
    group by all
),

months_of_book_outs as (
    select
        vintage_id,
        release_reason,
        sum(value) as figure
    from {{ ref('stg_ice__final_book_outs') }}
    where criminality is null and reference_month is not null
    group by all
),

our_book_outs_of_year as (
    select
        fiscal_year,
        release_reason,
        sum(book_out_count) as figure
    from {{ ref('book_outs') }}
    where series = 'ice_detention_statistics'
    group by all
),

our_facility_types as (
    select
        fiscal_year,
        sum(book_in_count) as figure
    from {{ ref('book_ins_by_facility_type') }}
    group by all
),

years as (
    select
        'book-ins by fiscal year' as measure,
        'all agencies' as scope,
        printed.fiscal_year,
        printed.vintage_id,
        'book_ins' as our_table,
        printed.value as published,
        months_of_book_ins.figure as sum_of_published_parts,
        our_book_ins_of_year.figure as ours_now
    from book_ins_of_year as printed
    inner join months_of_book_ins on printed.vintage_id = months_of_book_ins.vintage_id
    left join our_book_ins_of_year on printed.fiscal_year = our_book_ins_of_year.fiscal_year
    where printed.arresting_agency = 'Total'

    union all

    select
        'book-outs by fiscal year and reason' as measure,
        printed.release_reason as scope,
        printed.fiscal_year,
        printed.vintage_id,
        'book_outs' as our_table,
        printed.value as published,
        months_of_book_outs.figure as sum_of_published_parts,
        our_book_outs_of_year.figure as ours_now
    from book_outs_of_year as printed
    inner join months_of_book_outs
        on
            printed.vintage_id = months_of_book_outs.vintage_id
            and printed.release_reason = months_of_book_outs.release_reason
    left join our_book_outs_of_year
        on
            printed.fiscal_year = our_book_outs_of_year.fiscal_year
            and printed.release_reason = our_book_outs_of_year.release_reason
    where printed.release_reason != 'total'

    union all

    select
        'book-ins by fiscal year and facility type' as measure,
        'all facility types' as scope,
        printed.fiscal_year,
        printed.vintage_id,
        'book_ins_by_facility_type' as our_table,
        sum(printed.value) filter (where printed.facility_type = 'total') as published,
        sum(printed.value) filter (where printed.facility_type != 'total') as sum_of_published_parts,
        any_value(our_facility_types.figure) as ours_now
    from facility_types as printed
    left join our_facility_types on printed.fiscal_year = our_facility_types.fiscal_year
    group by all
),

every_total as (
    select
        measure,
        scope,
        reference_month as first_month,
        reference_month as last_month,
        vintage_id,
        our_table,
        published,
        sum_of_published_parts,
        part_count,
        ours_now
    from months

    union all

    select
        measure,
        scope,
        make_date(fiscal_year - 1, 10, 1) as first_month,
        make_date(fiscal_year, 9, 1) as last_month,
        vintage_id,
        our_table,
        published,
        sum_of_published_parts,
        0 as part_count,
        ours_now
    from years
)

-- what we say now is from the very vintage that printed the total, so we said it then
select
    'own total' as comparison,
    every_total.measure,
    every_total.scope,
    if(
        every_total.first_month = every_total.last_month,
        strftime(every_total.first_month, '%Y-%m'),
        'FY' || year(every_total.last_month)
    ) as period,
    every_total.first_month,
    every_total.last_month,
    cast(every_total.published as double) as published,
    vintages.known_on as published_on,
    vintages.series || ', ' || vintages.published_name as published_source,
    every_total.our_table,
    cast(every_total.ours_now as double) as ours_as_of_then,
    cast(every_total.ours_now as double) as ours_now,
    if(vintages.series = 'ohss_monthly_tables', 5 * (every_total.part_count + 1), 0) as rounding,
    0 as allowed_difference,
    cast(every_total.sum_of_published_parts as double) as sum_of_published_parts,
    if(every_total.ours_now is null, 'another series gives these figures', null) as not_comparable_reason
from every_total
inner join {{ source('ledger', 'vintages') }} as vintages on every_total.vintage_id = vintages.vintage_id
