{#- Comments of columns in the published file: the description, then the unit. One statement for all
    columns of a table; dbt-duckdb's own macro leaves the unit out. -#}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- for name, column in column_dict.items() %}
    {%- set unit = column.get('config', {}).get('meta', {}).get('unit') or column.get('meta', {}).get('unit') %}
    {%- set comment = column['description'] | trim ~ (' Unit: ' ~ unit ~ '.' if unit else '') %}
    comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(comment) }};
    {%- endfor %}
{% endmacro %}


{#- What every table of the bundled sample says of itself. -#}
{% macro sample_warning() -%}
    SAMPLE: real monthly totals, finer splits modelled. Not for quotation.
{%- endmacro %}


{#- Comments of tables in the published file: the description, after a warning if the figures are of
    the bundled sample. BI tools show these comments where nothing else of ours is seen. -#}
{% macro duckdb__alter_relation_comment(relation, comment) %}
    {%- set is_sample = run_query("select count(*) from ledger.vintages where source_mode = 'sample'") -%}
    {%- set warning = sample_warning() ~ ' ' if is_sample.rows[0][0] else '' %}
    comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(warning ~ comment) }};
{% endmacro %}
