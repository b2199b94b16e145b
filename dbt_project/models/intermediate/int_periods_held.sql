-- Which months and fiscal years each accepted table of each vintage has figures for. Months after
-- the end of coverage (ICE prints them as 0 or blank) are not held.
{% set staged = [
    'stg_cbp__nationwide_encounters_aor', 'stg_cbp__nationwide_encounters_state',
    'stg_cbp__southwest_encounters', 'stg_cbp__custody_transfers', 'stg_cbp__border_patrol_history',
    'stg_ice__initial_book_ins', 'stg_ice__final_book_outs', 'stg_ice__removals',
    'stg_ice__currently_detained', 'stg_ice__average_daily_population', 'stg_ice__facilities',
    'stg_ice__book_ins_by_facility_type',
    'stg_ohss__monthly_tables',
] %}

with held as (
    {% for model in staged %}
        select distinct
            vintage_id,
            table_name,
            fiscal_year,
            reference_month
        from {{ ref(model) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    held.vintage_id,
    accepted.series,
    held.table_name,
    held.fiscal_year,
    held.reference_month,
    accepted.coverage_end,
    accepted.known_on,
    accepted.known_on_basis
from held
inner join {{ ref('stg_ledger__accepted_tables') }} as accepted
    on
        held.vintage_id = accepted.vintage_id
        and held.table_name = accepted.table_name
where
    held.reference_month is null
    or held.reference_month between date_trunc('month', accepted.coverage_start) and accepted.coverage_end
