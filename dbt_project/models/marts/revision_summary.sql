-- What each vintage changed of the figures that were there before it. Figures of months that were not
-- over are no revisions when they grow, and totals would count a change twice: both are left out.
{% set compared -%}
    (
        select
            series,
            table_name,
            vintage_after as vintage_id,
            known_on_after as known_on,
            bool_or(is_known_on_estimated) as is_known_on_estimated,
            count(distinct reference_month) as month_count,
            cast(sum(figure_count) as bigint) as figure_count
        from {{ ref('int_comparisons') }}
        where not was_partial and not is_overlapping
        group by series, table_name, vintage_after, known_on_after
    )
{%- endset %}
{{ revision_summary(compared, ref('revisions')) }}
