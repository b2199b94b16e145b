{#- The grain of a table: no two rows are equal in all the given columns (NULL equals NULL). -#}
{% test unique_grain(model, columns) %}

    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by all
    having count(*) > 1

{% endtest %}
