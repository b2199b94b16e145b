{#-
    How tables and views come about: what stood under the name goes, the new one comes, its comments
    with it, in one statement. dbt's own way (make it beside the old one, rename both, drop the old) is
    for tables that are read meanwhile. Nobody reads these before they are published, and a build that
    did not end well is made anew (orchestration/assets/build.py), so that way only costs its time.
-#}
{% materialization table, adapter='duckdb' %}
    {{ return(put_in_place('table')) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {{ return(put_in_place('view')) }}
{% endmaterialization %}


{% macro put_in_place(type) %}
    {%- set relation = this.incorporate(type=type) -%}
    {%- set standing = load_cached_relation(this) -%}
    {%- call statement('main') -%}
        {% if standing is not none -%}
            drop {{ standing.type }} if exists {{ standing }};
        {% endif -%}
        {{ create_table_as(false, relation, compiled_code) if type == 'table' else create_view_as(relation, compiled_code) }}
        {%- if config.persist_relation_docs() %}
            {{ comments_on(relation) }}
        {%- endif %}
    {%- endcall -%}
    {%- if type == 'table' -%}
        {#- as other databases say it: Dagster's record of the table takes its rows from there -#}
        {%- set rows = run_query('select count(*) from ' ~ relation).rows[0][0] -%}
        {%- do store_raw_result('main', message='SELECT ' ~ rows, code='SELECT', rows_affected=rows) -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [relation]}) }}
{% endmacro %}


{#- What every table of the bundled sample says of itself. -#}
{% macro sample_warning() -%}
    SAMPLE: real monthly totals, finer splits modelled. Not for quotation.
{%- endmacro %}


{#- Comments in the published file. BI tools show them where nothing else of ours is seen, so that of
    a table begins with a warning if the figures are of the bundled sample. That of a column is the
    description, then the unit. -#}
{% macro comments_on(relation) -%}
    {%- set is_sample = run_query("select count(*) from ledger.vintages where source_mode = 'sample'") -%}
    {%- set warning = sample_warning() ~ ' ' if is_sample.rows[0][0] else '' %}
    comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(warning ~ model.description) }};
    {%- for name, column in described_columns(relation).items() %}
        {%- set unit = column.get('config', {}).get('meta', {}).get('unit') or column.get('meta', {}).get('unit') %}
        {%- set comment = column['description'] | trim ~ (' Unit: ' ~ unit ~ '.' if unit else '') %}
        comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(comment) }};
    {%- endfor %}
{%- endmacro %}


{#- The columns that the model describes and, of a history, those that the contract of its mart does
    (that of its alias). -#}
{% macro described_columns(relation) -%}
    {%- set columns = {} -%}
    {%- if relation.schema == 'history' and relation.identifier != 'reigns' -%}
        {%- set mart = 'model.' ~ project_name ~ '.' -%}
        {%- set contract = (graph.nodes.get(mart ~ relation.identifier)
            or graph.nodes[mart ~ 'int_' ~ relation.identifier]).columns -%}
        {%- for name in columns_of(relation.identifier) if name not in provenance_columns() -%}
            {%- do columns.update({name: contract[name]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do columns.update(model.columns) -%}
    {{ return(columns) }}
{%- endmacro %}
