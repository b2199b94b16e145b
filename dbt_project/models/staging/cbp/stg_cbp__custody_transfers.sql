with accepted as (
    select
        vintage_id,
        table_name
    from {{ ref('stg_ledger__accepted_tables') }}
),

published as (
    {{ with_corrections('cbp_custody_transfers', labels=['row_code']) }}
)

select
    published.vintage_id,
    published.table_name,
    published.fiscal_year,
    published.reference_month,
    published.row_code,
    published.value,
    published.null_reason,
    published.published_value,
    published.is_corrected
from published
inner join accepted
    on
        published.vintage_id = accepted.vintage_id
        and published.table_name = accepted.table_name
