-- Table marts.corrections (the seed has that name in dbt): each correction that we make to a published
-- figure, and what it changes here. One of a vintage that is not held changes nothing, and says so.
with matched as (
    select
        correction_id,
        count(*) as figure_count,
        count(distinct vintage_id) as vintage_count,
        list(distinct vintage_id order by vintage_id) as vintage_ids
    from {{ ref('stg_corrections__figures') }}
    group by all
)

select
    corrections.correction_id,
    corrections.series,
    corrections.table_name,
    corrections.vintage_id,
    corrections.key_columns,
    corrections.column_name,
    corrections.published_value,
    corrections.corrected_value,
    corrections.reason,
    corrections.source,
    corrections.status,
    corrections.status = 'applied' and matched.figure_count is not null as is_applied_here,
    coalesce(if(corrections.status = 'applied', matched.figure_count, 0), 0) as corrected_figure_count,
    coalesce(matched.figure_count, 0) as matched_figure_count,
    coalesce(matched.vintage_count, 0) as matched_vintage_count,
    coalesce(matched.vintage_ids, cast([] as varchar[])) as matched_vintage_ids,
    case
        when corrections.status = 'proposed' then 'proposed: to be judged before it changes a figure'
        when corrections.status = 'withdrawn' then 'withdrawn'
        when matched.figure_count is null
            then 'no accepted vintage held here has this figure'
    end as not_applied_reason
from {{ ref('corrections') }} as corrections
left join matched on corrections.correction_id = matched.correction_id
