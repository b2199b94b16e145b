{#- The intervals of rows that are equal in all the given columns (NULL equals NULL) never overlap. -#}
{% test one_row_at_a_time(model, columns) %}

    select
        {{ columns | join(', ') }},
        valid_from,
        valid_to
    from {{ model }}
    qualify
        valid_from >= valid_to
        or valid_from < lag(coalesce(valid_to, date '9999-12-31')) over (
            partition by {{ columns | join(', ') }} order by valid_from, valid_to
        )

{% endtest %}
