{#- The given columns of a mart as it is now (`as_of` is NULL) and as it was on each of the days of
    the relation `days` (column `as_of`), from its history. -#}
{% macro now_and_then(mart, history, days, columns) -%}
    (
        select
            cast(null as date) as as_of,
            {{ columns | join(', ') }}
        from {{ mart }}

        union all

        select
            days.as_of,
            {% for column in columns %}past.{{ column }}{{ ", " if not loop.last }}{% endfor %}
        from {{ history }} as past
        inner join {{ days }} as days
            on past.valid_from <= days.as_of and (past.valid_to is null or days.as_of < past.valid_to)
    )
{%- endmacro %}
