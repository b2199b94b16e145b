{#- The US federal fiscal year of a date: October to September, named for the year it ends in. -#}
{% macro fiscal_year(date) -%}
    cast(year({{ date }} + interval 3 month) as integer)
{%- endmacro %}


{#- The quarter of the fiscal year of a date: 1 is October to December. -#}
{% macro fiscal_quarter(date) -%}
    cast(quarter({{ date }} + interval 3 month) as integer)
{%- endmacro %}


{#- Which month of the fiscal year a month's English name begins: OCT is 1, SEP is 12. -#}
{% macro month_of_fiscal_year(month_label) -%}
    cast((month(strptime({{ month_label }}, '%b')) + 2) % 12 + 1 as integer)
{%- endmacro %}
