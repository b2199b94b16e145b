{#- What each reason of a book-out means, one row per code: the code list has one per label, and two labels
    can share a code, so a join with the list itself would count a figure twice. -#}
{% macro release_reasons() -%}
    (
        select distinct
            code as release_reason,
            release_class,
            is_released_into_us
        from {{ ref('release_reason') }}
    )
{%- endmacro %}
