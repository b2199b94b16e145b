{#- A published total that ours does not meet and no rule explains. Severity is the caller's: it warns,
    because a new publication must not keep all others from being published. -#}
{% test nothing_unexplained(model) %}

    select
        comparison,
        measure,
        scope,
        period,
        published,
        ours_now
    from {{ model }}
    where status = 'unexplained'

{% endtest %}
