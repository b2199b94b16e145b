{#- The US federal fiscal year of a date: October to September, named for the year it ends in. -#}
{% macro fiscal_year(date) -%}
    cast(year({{ date }} + interval 3 month) as integer)
{%- endmacro %}


{#- The quarter of the fiscal year of a date: 1 is October to December. -#}
{% macro fiscal_quarter(date) -%}
    cast(quarter({{ date }} + interval 3 month) as integer)
{%- endmacro %}
