{#- Codes that stand in no list, by column; NULL is none. It warns: an agency can bring a new label. -#}
{% test accepted_codes(model, columns) %}

    {{ config(severity='warn') }}

    {{ codes_not_listed(model, columns) }}

{% endtest %}
