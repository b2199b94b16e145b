{#- No figure is counted twice: all rows of each combination come from one series and one vintage. -#}
{% test one_series_per(model, columns) %}

    select
        {{ columns | join(', ') }},
        count(distinct (series, vintage_id)) as source_count
    from {{ model }}
    group by all
    having count(distinct (series, vintage_id)) > 1

{% endtest %}
