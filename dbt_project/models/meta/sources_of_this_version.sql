-- The vintages that the figures of this version come from, per published table.
with chosen as (
    select
        series,
        table_name,
        vintage_id,
        reference_month,
        {{ fiscal_year('reference_month') }} as fiscal_year
    from {{ ref('int_reigns_by_month') }}
    where valid_to is null

    union all

    select
        series,
        table_name,
        vintage_id,
        cast(null as date) as reference_month,
        fiscal_year
    from {{ ref('int_reigns_by_fiscal_year') }}
    where valid_to is null

    union all

    select
        series,
        table_name,
        vintage_id,
        cast(null as date) as reference_month,
        {{ fiscal_year('population_date') }} as fiscal_year
    from {{ ref('int_reigns_by_day') }}
    where valid_to is null
)

select
    chosen.series,
    chosen.table_name,
    chosen.vintage_id,
    vintages.agency,
    vintages.published_name,
    vintages.published_url,
    vintages.known_on,
    min(chosen.reference_month) as first_month,
    max(chosen.reference_month) as last_month,
    count(chosen.reference_month) as month_count,
    min(chosen.fiscal_year) as first_fiscal_year,
    max(chosen.fiscal_year) as last_fiscal_year
from chosen
inner join {{ source('ledger', 'vintages') }} as vintages
    on chosen.vintage_id = vintages.vintage_id
group by all
