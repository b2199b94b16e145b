{#- The codes of a table that stand in no list, by column, with the number of their rows. `columns` gives
    each column its list. -#}
{% macro codes_not_listed(relation, columns) -%}
    {%- for column, codes in columns.items() %}
        select
            '{{ relation.identifier }}' as table_name,
            '{{ column }}' as column_name,
            {{ column }} as code,
            count(*) as row_count
        from {{ relation }}
        where {{ column }} not in ('{{ codes | join("', '") }}')
        group by all
        {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
