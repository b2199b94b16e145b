{#- Comments of columns in the published file: the description, then the unit. One statement for all
    columns of a table; dbt-duckdb's own macro leaves the unit out. -#}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- for name, column in column_dict.items() %}
    {%- set unit = column.get('config', {}).get('meta', {}).get('unit') or column.get('meta', {}).get('unit') %}
    {%- set comment = column['description'] | trim ~ (' Unit: ' ~ unit ~ '.' if unit else '') %}
    comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(comment) }};
    {%- endfor %}
{% endmacro %}
