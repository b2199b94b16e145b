{#- The figures of a staging model in each two vintages that followed upon each other in a month, side
    by side: NULL where one of them does not have it. `keys` name a figure within its table and month;
    `overlapping` says which of them are counted in other rows of the table too. `sides` are the
    vintages before and after of each succession. Only a figure that changed is given its name: to
    write out those of all figures would take longer than to compare them. -#}
{% macro figures_side_by_side(staged, keys, overlapping, where, sides) -%}
    select
        succession_number,
        is_overlapping,
        old_value,
        new_value,
        if(
            coalesce(old_value, 0) != coalesce(new_value, 0),
            concat_ws('; ', {% for key in keys %}'{{ key }}=' || {{ key }}{{ ", " if not loop.last }}{% endfor %}),
            null
        ) as figure
    from (
        select
            sides.succession_number,
            {% for key in keys %}staged.{{ key }}, {% endfor %}
            {{ overlapping }} as is_overlapping,
            sum(staged.value) filter (where not sides.is_after) as old_value,
            sum(staged.value) filter (where sides.is_after) as new_value
        from (select * from {{ staged }} where {{ where }}) as staged
        inner join {{ sides }} as sides
            on
                staged.vintage_id = sides.vintage_id
                and staged.table_name = sides.table_name
                and staged.reference_month = sides.reference_month
        group by all
    )
{%- endmacro %}


{#- What each vintage changed: `compared` are the vintages with the figures that were compared, one row
    per table and vintage; `revisions` are rows of the mart. Figures of months that were not over, and
    those that are counted in others, are in neither. -#}
{% macro revision_summary(compared, revisions, is_as_of=false) -%}
    with changes as (
        select
            *,
            lead(known_on_after) over (
                partition by series, table_name, figure, reference_month order by known_on_after
            ) is null as is_last_change
        from {{ revisions }}
        where not was_partial and not is_overlapping
    ),

    changed as (
        select
            series,
            table_name,
            vintage_after,
            known_on_after,
            count(*) as changed_count,
            {% for kind in ['revised', 'appeared', 'vanished', 'redefined'] %}
                count(*) filter (where kind = '{{ kind }}') as {{ kind }}_count,
            {% endfor %}
            -- exact, so that the order of adding makes no difference
            cast(sum(cast(abs(difference) as decimal(18, 4))) as double) as gross_difference,
            cast(sum(cast(difference as decimal(18, 4))) as double) as net_difference,
            arg_max(difference, (abs(difference), reference_month, figure)) as largest_difference,
            cast(median(days_after_month) filter (where is_last_change) as double) as settled_after_days_median,
            cast(max(days_after_month) filter (where is_last_change) as integer) as settled_after_days_most
        from changes
        group by all
    )

    select
        compared.series,
        compared.table_name,
        compared.vintage_id,
        compared.known_on,
        compared.is_known_on_estimated,
        compared.month_count,
        compared.figure_count,
        coalesce(changed.changed_count, 0) as changed_count,
        {% for kind in ['revised', 'appeared', 'vanished', 'redefined'] %}
            coalesce(changed.{{ kind }}_count, 0) as {{ kind }}_count,
        {% endfor %}
        coalesce(changed.gross_difference, 0) as gross_difference,
        coalesce(changed.net_difference, 0) as net_difference,
        changed.largest_difference,
        changed.settled_after_days_median,
        changed.settled_after_days_most
        {{- estimated(is_as_of, 'compared.is_known_on_estimated') }}
    from {{ compared }} as compared
    left join changed
        on
            compared.series = changed.series
            and compared.table_name = changed.table_name
            and compared.vintage_id = changed.vintage_after
            and compared.known_on = changed.known_on_after
{%- endmacro %}
