{#-
    How figures are taken from staging: from exactly one vintage, summed only where whole, with the
    columns that every mart shares. No choice between series is made here; that is each mart's own.
-#}


{#- Of `reigning_by_month` or `reigning_by_fiscal_year`: the rows from the newest vintages. -#}
{% macro newest(reigning) -%}
    (select * from {{ reigning }} where valid_to is null)
{%- endmacro %}


{#- A sum of counts, NULL if any part of it is not published: never a sum of what happens to be there. -#}
{% macro whole_sum(value) -%}
    cast(case when count(*) = count({{ value }}) then sum({{ value }}) end as bigint)
{%- endmacro %}


{#- What stands in a cell of a publication, by every staging model. -#}
{% macro cell() -%}
    value,
    null_reason,
    published_value,
    is_corrected
{%- endmacro %}


{#- What was published in the place of a sum, NULL unless a correction changed a part of it. -#}
{% macro published_sum(value='value', published='published_value') -%}
    if(bool_or(is_corrected), sum(if(is_corrected, {{ published }}, {{ value }})), null)
{%- endmacro %}


{#- A published total less its published parts, as one cell. -#}
{% macro remainder(is_total) -%}
    sum(if({{ is_total }}, value, -value)) as value,
    cast(null as varchar) as null_reason,
    {{ published_sum("if(" ~ is_total ~ ", value, -value)", "if(" ~ is_total ~ ", published_value, -published_value)") }}
        as published_value,
    bool_or(is_corrected) as is_corrected
{%- endmacro %}


{#- The Border Patrol history names its coastal sectors (Livermore, Miami, New Orleans, Ramey) as a
    region; CBP's later files put them under 'other'. -#}
{% macro region_of_history(border_region) -%}
    case {{ border_region }} when 'coastal' then 'other' else {{ border_region }} end
{%- endmacro %}


{#- The figures of an OHSS table by initial arresting agency, and what its total holds beyond CBP and
    ICE: `other_or_unknown`, as its note calls them (0.3 % in FY2014). A remainder of 10 or less is
    what rounding three figures to 10 makes (all of them since FY2022), and is left out. -#}
{% macro with_other_arresting_agencies(newest, table_name) -%}
    (
        select
            reference_month,
            column_code as arresting_agency,
            {{ cell() }},
            false as is_remainder,
            {{ reign_columns() }}
        from {{ newest }}
        where table_name = '{{ table_name }}' and column_code in ('CBP', 'ICE')

        union all

        select
            reference_month,
            'other_or_unknown' as arresting_agency,
            {{ remainder("column_code = 'total'") }},
            true as is_remainder,
            {{ reign_columns() }}
        from {{ newest }}
        where table_name = '{{ table_name }}' and column_code in ('total', 'CBP', 'ICE')
        group by all
        having count(value) = 3 and sum(if(column_code = 'total', value, -value)) > 10
    )
{%- endmacro %}
