-- ICE's own totals of a fiscal year to date, from the workbook that covers most of it. Measures
-- overlap (a total and its parts are two measures), so one measure is read at a time.
with book_ins as (
    select
        *,
        if(arresting_agency = 'Total', 'book_ins', 'book_ins_by_arresting_agency') as measure,
        nullif(arresting_agency, 'Total') as breakdown,
        true as is_additive
    from {{ reigning_by_fiscal_year(ref('stg_ice__initial_book_ins')) }}
),

book_outs as (
    select
        *,
        if(definition = 'final_releases', 'releases', 'book_outs') as counted
    from {{ reigning_by_fiscal_year(ref('stg_ice__final_book_outs')) }}
    where criminality is null
),

book_outs_in_all as (
    select
        *,
        counted as measure,
        cast(null as varchar) as breakdown,
        true as is_additive
    from book_outs
    where release_reason = 'total'
),

book_outs_by_reason as (
    select
        *,
        counted || if(is_sub_reason, '_on_bond_by_authority', '_by_reason') as measure,
        release_reason as breakdown,
        true as is_additive
    from book_outs
    where release_reason != 'total'
),

released_into_us as (
    select
        book_outs.fiscal_year,
        'released_into_us' as measure,
        cast(null as varchar) as breakdown,
        {{ whole_sum('book_outs.value') }} as value,
        min(book_outs.null_reason) as null_reason,
        {{ published_sum() }} as published_value,
        bool_or(book_outs.is_corrected) as is_corrected,
        true as is_additive,
        {{ reign_columns() }}
    from book_outs
    inner join {{ release_reasons() }} as reasons
        on book_outs.release_reason = reasons.release_reason
    where reasons.is_released_into_us and not book_outs.is_sub_reason
    group by all
),

removals as (
    select
        *,
        'removals' as measure,
        cast(null as varchar) as breakdown,
        true as is_additive
    from {{ reigning_by_fiscal_year(ref('stg_ice__removals')) }}
    where removal_kind = 'total'
),

average_population as (
    select
        *,
        if(arresting_agency = 'Total', 'average_daily_population', 'average_daily_population_by_arresting_agency')
            as measure,
        nullif(arresting_agency, 'Total') as breakdown,
        false as is_additive
    from {{ reigning_by_fiscal_year(ref('stg_ice__average_daily_population')) }}
    where criminality is null
),

{% set parts = [
    'book_ins', 'book_outs_in_all', 'book_outs_by_reason', 'released_into_us', 'removals', 'average_population',
] %}
every_measure as (
    {% for part in parts %}
        select
            fiscal_year,
            measure,
            breakdown,
            {{ cell() }},
            is_additive,
            {{ reign_columns() }}
        from {{ part }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    fiscal_year,
    measure,
    breakdown,
    cast(value as double) as total,
    null_reason,
    published_value as published_total,
    is_additive,
    'fiscal_year_to_date' as date_basis,
    is_corrected,
    false as is_derived,
    1 as precedence,
    {{ reign_columns() }}
from every_measure
