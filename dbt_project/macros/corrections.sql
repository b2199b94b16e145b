{#- How `seeds/corrections.csv` reaches the figures: one way, in staging, for every series. -#}


{#- The raw tables that have a staging model (`stg_<agency>__<table>`). Without its name here a table
    gets no corrections, and no month of it can be chosen. -#}
{% macro staged_tables() -%}
    {{ return([
        'cbp_nationwide_encounters_aor', 'cbp_nationwide_encounters_state', 'cbp_southwest_encounters',
        'cbp_custody_transfers', 'cbp_border_patrol_history', 'ice_initial_book_ins', 'ice_final_book_outs',
        'ice_removals', 'ice_currently_detained', 'ice_average_daily_population',
        'ice_book_ins_by_facility_type', 'ice_facilities', 'ohss_monthly_tables',
    ]) }}
{%- endmacro %}


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


{#- The columns of a raw table that an applied correction changes in a vintage held here. -#}
{% macro corrected_columns(raw_table) -%}
    {%- set figures = ref('stg_corrections__figures') -%}
    {%- if not execute or load_relation(figures) is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set found = run_query(
        "select distinct column_name from " ~ figures
        ~ " where raw_table = '" ~ raw_table ~ "' and status = 'applied' order by 1"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}


{#- The rows of a raw table with the applied corrections made: all its columns, and
    - `is_corrected`: whether a correction changed the figure;
    - `published_value`: the figure as published under these labels if a correction changed it, else NULL.
    A correction may change the value, the period, one of `labels` (the codes that a figure goes by) or
    one of `attributes` (other columns). A figure whose label is corrected is added to what stands
    under the right one, and leaves 0 under the wrong one. Where nothing is corrected the raw table is
    read as it is. -#}
{% macro with_corrections(raw_table, labels=[], attributes=[]) -%}
    {%- set raw = source('raw', raw_table) -%}
    {%- set corrected = corrected_columns(raw_table) -%}
    {%- set keys = ['fiscal_year', 'reference_month'] + labels -%}
    {%- for column in corrected if column not in keys + attributes + ['value'] -%}
        {{ exceptions.raise_compiler_error(
            "seeds/corrections.csv: found a correction of the column " ~ column ~ " of " ~ raw_table
            ~ "; expected one of value, " ~ (keys + attributes) | join(', ') ~ ". No figure is made of the others."
        ) }}
    {%- endfor -%}
    {%- if not corrected -%}
    select
        *,
        cast(null as double) as published_value,
        false as is_corrected
    from {{ raw }}
    {%- else -%}
    {%- set moves = [] -%}
    {%- for column in corrected if column in keys -%}
        {%- do moves.append("correction.changes['" ~ column ~ "'] is not null") -%}
    {%- endfor -%}
    {%- set is_moved = '(' ~ (moves or ['false']) | join(' or ') ~ ')' -%}
    with correction as (
        select
            vintage_id,
            table_name,
            source_place,
            map_from_entries(list((column_name, corrected_value))) as changes
        from {{ ref('stg_corrections__figures') }}
        where raw_table = '{{ raw_table }}' and status = 'applied'
        group by all
    ),

    cells as (
        select
            published.* replace (
                {%- for column in adapter.get_columns_in_relation(raw) if column.name in corrected %}
                coalesce(cast(correction.changes['{{ column.name }}'] as {{ column.dtype }}), published.{{ column.name }})
                    as {{ column.name }},
                {%- endfor %}
                if(correction.changes['value'] is null, published.null_reason, null) as null_reason
            ),
            if(correction.changes is null or {{ is_moved }}, null, published.value) as published_value,
            correction.changes is not null as is_corrected
        from {{ raw }} as published
        left join correction using (vintage_id, table_name, source_place)
        {%- if moves %}

        union all

        select
            published.* replace (0 as value, null as null_reason),
            published.value as published_value,
            true as is_corrected
        from {{ raw }} as published
        inner join correction using (vintage_id, table_name, source_place)
        where {{ is_moved }}
        {%- endif %}
    )

    {% if moves %}
    select
        vintage_id,
        table_name,
        {{ keys | join(', ') }},
        any_value(
            columns(* exclude (
                vintage_id, table_name, {{ keys | join(', ') }}, value, null_reason, published_value, is_corrected
            ))
        ),
        case when count(*) = count(value) then sum(value) end as value,
        min(null_reason) as null_reason,
        {{ published_sum() }} as published_value,
        bool_or(is_corrected) as is_corrected
    from cells
    group by vintage_id, table_name, {{ keys | join(', ') }}
    {%- else -%}
    select * from cells
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
