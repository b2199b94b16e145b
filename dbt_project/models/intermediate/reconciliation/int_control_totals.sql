-- The carried-in published totals with what they mean: months, border regions, component, title, and
-- the last day on which they can have been published ('2026-09' is the end of that month).
with totals as (
    select
        *,
        make_date(cast(regexp_extract(period, 'FY(\d{4})', 1) as integer) - 1, 10, 1) as year_start,
        nullif(regexp_extract(period, 'FY\d{4} ([A-Z]{3})$', 1), '') as month_label,
        cast(nullif(regexp_extract(period, 'FY\d{4} Q(\d)$', 1), '') as integer) as fiscal_quarter,
        nullif(regexp_extract(period, 'FY\d{4} thru (\w{3})', 1), '') as last_month_label
    from {{ ref('published_control_totals') }}
),

with_months as (
    select
        *,
        case
            when month_label is not null then {{ month_of_fiscal_year('month_label') }}
            when fiscal_quarter is not null then fiscal_quarter * 3 - 2
            else 1
        end as first_month_number,
        case
            when month_label is not null then {{ month_of_fiscal_year('month_label') }}
            when fiscal_quarter is not null then fiscal_quarter * 3
            when last_month_label is not null then {{ month_of_fiscal_year('last_month_label') }}
            else 12
        end as last_month_number
    from totals
)

select
    with_months.measure,
    with_months.scope,
    with_months.period,
    with_months.value,
    with_months.source,
    case with_months.scope
        when 'SW' then ['southwest']
        when 'North' then ['northern']
        when 'Land total' then ['southwest', 'northern']
        when 'nationwide' then ['southwest', 'northern', 'other']
    end as border_regions,
    measures.component,
    measures.title_of_authority,
    cast(with_months.year_start + to_months(with_months.first_month_number - 1) as date) as first_month,
    cast(with_months.year_start + to_months(with_months.last_month_number - 1) as date) as last_month,
    coalesce(
        try_cast(with_months.published as date),
        last_day(try_cast(with_months.published || '-01' as date))
    ) as published_on
from with_months
left join {{ ref('control_total_measures') }} as measures on with_months.measure = measures.measure
