-- The main figures of ICE detention side by side, NULL where not published. Releases are counted in
-- the month of release and include people arrested in the interior, so CBP's releases at the border
-- are kept apart (see `border_monthly`). Capacity is not published, so no share of it is given.
with book_ins as (
    select
        reference_month,
        series,
        vintage_id,
        is_rounded,
        is_partial,
        covered_through,
        sum(if(arresting_agency = 'CBP', book_in_count, null)) as book_ins_by_cbp,
        sum(if(arresting_agency = 'ICE', book_in_count, null)) as book_ins_by_ice,
        {{ whole_sum('book_in_count') }} as book_in_count
    from {{ ref('book_ins') }}
    group by all
),

releases as (
    select
        reference_month,
        definition,
        series,
        vintage_id,
        is_rounded,
        is_partial,
        covered_through,
        {{ whole_sum('book_out_count') }} as release_count
    from {{ ref('book_outs') }}
    where is_released_into_us
    group by all
),

-- the published total; the rows of `ice_removals` add up to it but for rounding
removals as (
    select
        reference_month,
        series,
        vintage_id,
        covered_through,
        is_partial,
        cast(value as bigint) as removal_count
    from {{ newest_by_month(ref('stg_ohss__monthly_tables')) }}
    where
        table_name = 'ice_removals_and_returns_by_arresting_agency'
        and column_code = 'total'
),

population as (
    select
        reference_month,
        series,
        vintage_id,
        covered_through,
        is_partial,
        value as average_daily_population
    from {{ newest_by_month(ref('stg_ice__average_daily_population')) }}
    where arresting_agency = 'Total' and criminality is null
),

months as (
    select reference_month from book_ins
    union
    select reference_month from releases
    union
    select reference_month from removals
    union
    select reference_month from population
)

select
    months.reference_month,
    cast(book_ins.book_ins_by_cbp as bigint) as cbp_book_in_count,
    cast(book_ins.book_ins_by_ice as bigint) as ice_book_in_count,
    book_ins.book_in_count,
    releases.release_count,
    releases.definition as release_definition,
    removals.removal_count,
    population.average_daily_population,
    {{ fiscal_year('months.reference_month') }} as fiscal_year,
    {{ fiscal_quarter('months.reference_month') }} as fiscal_quarter,
    book_ins.series as book_ins_series,
    releases.series as releases_series,
    removals.series as removals_series,
    population.series as population_series,
    book_ins.vintage_id as book_ins_vintage_id,
    releases.vintage_id as releases_vintage_id,
    removals.vintage_id as removals_vintage_id,
    population.vintage_id as population_vintage_id,
    coalesce(book_ins.is_rounded, false) as is_book_ins_rounded,
    coalesce(releases.is_rounded, false) as is_releases_rounded,
    removals.reference_month is not null as is_removals_rounded,
    coalesce(book_ins.is_partial, false)
    or coalesce(releases.is_partial, false)
    or coalesce(removals.is_partial, false)
    or coalesce(population.is_partial, false) as is_partial,
    least(
        book_ins.covered_through, releases.covered_through, removals.covered_through, population.covered_through
    ) as covered_through,
    false as is_corrected,
    false as is_derived,
    nullif(
        concat_ws(
            '; ',
            {% for figure, part, counted in [
                ('book-ins', 'book_ins', 'book_in_count'),
                ('releases', 'releases', 'release_count'),
                ('removals', 'removals', 'removal_count'),
                ('population', 'population', 'average_daily_population'),
            ] %}
                case
                    when {{ part }}.series is null then '{{ figure }}: no publication held covers the month'
                    when {{ part }}.{{ counted }} is null then '{{ figure }}: not published'
                end{{ "," if not loop.last }}
            {% endfor %}
        ),
        ''
    ) as null_reason
from months
left join book_ins on months.reference_month = book_ins.reference_month
left join releases on months.reference_month = releases.reference_month
left join removals on months.reference_month = removals.reference_month
left join population on months.reference_month = population.reference_month
