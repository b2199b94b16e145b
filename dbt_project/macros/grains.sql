{#- The columns that tell the rows of each table of the marts apart, by table: those of its test
    `unique_grain`. Of a table with two such tests, those that come first in the alphabet. -#}
{% macro grains() -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- for test in graph.nodes.values() if (test.test_metadata or {}).name == 'unique_grain' -%}
            {%- set model = graph.nodes[test.attached_node] -%}
            {%- set columns = test.test_metadata.kwargs['columns'] -%}
            {%- if model.schema == 'marts' and columns <= found.get(model.alias, columns) -%}
                {%- do found.update({model.alias: columns}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
