with accepted as (
    select
        vintage_id,
        table_name
    from {{ ref('stg_ledger__accepted_tables') }}
),

published as (
    {{ with_corrections('cbp_southwest_encounters', labels=[
        'component', 'demographic', 'citizenship_group', 'title_of_authority', 'encounter_type',
    ]) }}
)

select
    published.vintage_id,
    published.table_name,
    published.fiscal_year,
    published.reference_month,
    published.component,
    published.demographic,
    published.citizenship_group,
    published.title_of_authority,
    published.encounter_type,
    published.value,
    published.null_reason,
    published.published_value,
    published.is_corrected
from published
inner join accepted
    on
        published.vintage_id = accepted.vintage_id
        and published.table_name = accepted.table_name
