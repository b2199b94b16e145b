{#- How `seeds/corrections.csv` reaches the figures: one way, in staging, for every series. -#}


{#- The text `column=value; column=value` of a correction against a row as JSON: do all agree? A
    column without a value after the sign must be NULL in the row. -#}
{% macro has_key_columns(row_json, key_columns) -%}
    list_bool_and(
        list_transform(
            string_split({{ key_columns }}, '; '),
            lambda part: coalesce(
                json_extract_string({{ row_json }}, '$.' || split_part(part, '=', 1)), ''
            ) = split_part(part, '=', 2)
        )
    )
{%- endmacro %}


{#- A published value against the text that a correction gives for it: as numbers where both are. -#}
{% macro is_published_value(row_json, column_name, published_value) -%}
    coalesce(
        try_cast(json_extract_string({{ row_json }}, '$.' || {{ column_name }}) as double)
        = try_cast({{ published_value }} as double),
        json_extract_string({{ row_json }}, '$.' || {{ column_name }}) = {{ published_value }}
    )
{%- endmacro %}


{#- The rows of a raw table with the applied corrections made: all its columns, and
    - `published_value`: the value as published where another stands in its place now, else NULL;
    - `is_corrected`: whether a correction changed the row;
    - `published_<label>` for each of `labels`, the columns of codes that a correction may change. -#}
{% macro with_corrections(raw_table, labels=[]) -%}
    select
        published.* replace (
            {%- for label in labels %}
            coalesce(correction.changes['{{ label }}'], published.{{ label }}) as {{ label }},
            {%- endfor %}
            coalesce(try_cast(correction.changes['value'] as double), published.value) as value,
            if(correction.changes['value'] is null, published.null_reason, null) as null_reason
        ),
        {%- for label in labels %}
        published.{{ label }} as published_{{ label }},
        {%- endfor %}
        if(correction.changes['value'] is null, null, published.value) as published_value,
        correction.changes is not null as is_corrected
    from {{ source('raw', raw_table) }} as published
    left join (
        select
            vintage_id,
            table_name,
            source_place,
            map_from_entries(list((column_name, corrected_value))) as changes
        from {{ ref('stg_corrections__figures') }}
        where status = 'applied'
        group by all
    ) as correction
        on
            published.vintage_id = correction.vintage_id
            and published.table_name = correction.table_name
            and published.source_place = correction.source_place
{%- endmacro %}
