-- Which published figures each correction is about: one row per correction and figure that has its
-- key columns and its published value, in accepted tables. A vintage that is not held has no row.
{% set raw_tables = staged_tables() %}

with corrections as (
    select
        corrections.*,
        accepted.vintage_id as accepted_vintage_id
    from {{ ref('corrections') }} as corrections
    inner join {{ ref('stg_ledger__accepted_tables') }} as accepted
        on
            corrections.series = accepted.series
            and corrections.table_name = accepted.table_name
            and corrections.vintage_id in ('all', accepted.vintage_id)
    where corrections.status != 'withdrawn'
),

{% for raw_table in raw_tables %}
    in_{{ raw_table }} as (
        select
            corrections.correction_id,
            corrections.status,
            '{{ raw_table }}' as raw_table,
            corrections.column_name,
            corrections.corrected_value,
            published.vintage_id,
            published.table_name,
            published.source_place
        from {{ source('raw', raw_table) }} as published
        inner join corrections
            on
                published.vintage_id = corrections.accepted_vintage_id
                and published.table_name = corrections.table_name
        where
            {{ has_key_columns('to_json(published)', 'corrections.key_columns') }}
            and {{ is_published_value('to_json(published)', 'corrections.column_name', 'corrections.published_value') }}
    ){{ "," if not loop.last }}
{% endfor %}

{% for raw_table in raw_tables %}
    select * from in_{{ raw_table }}
    {{ "union all" if not loop.last }}
{% endfor %}
