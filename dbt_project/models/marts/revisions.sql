-- Each change of a published figure between two vintages that followed upon each other.
with changes as (
    select
        * exclude (one_change),
        one_change.figure,
        one_change.old_value,
        one_change.new_value,
        coalesce(one_change.new_value, 0) - coalesce(one_change.old_value, 0) as difference
    from (
        select
            * exclude (changes),
            unnest(changes) as one_change
        from {{ ref('int_comparisons') }}
    )
),

judged as (
    select
        changes.*,
        redefinitions.reason as redefinition,
        100 * changes.difference / nullif(changes.old_value, 0) as change_percent,
        case
            when redefinitions.reason is not null then 'redefined'
            when changes.old_value is null then 'appeared'
            when changes.new_value is null then 'vanished'
            else 'revised'
        end as kind
    from changes
    left join {{ ref('redefinitions') }} as redefinitions
        on
            changes.series = redefinitions.series
            and changes.table_name = redefinitions.table_name
            and changes.coverage_end_before < redefinitions.from_coverage_end
            and changes.coverage_end_after >= redefinitions.from_coverage_end
)

select
    series,
    table_name,
    figure,
    reference_month,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    old_value,
    new_value,
    difference,
    change_percent,
    kind,
    was_partial,
    is_overlapping,
    -- months that were over, and more than a digit or two: of 33,856 book-ins in December 2021 ICE
    -- took back 3,397 eleven days later
    if(
        kind = 'revised' and not was_partial and abs(change_percent) >= 5 and abs(difference) >= 100,
        format('restated by {:+.1f} % after the month was over', change_percent),
        null
    ) as warning,
    redefinition,
    vintage_before,
    vintage_after,
    known_on_before,
    known_on_after,
    is_known_on_estimated,
    cast(date_diff('day', last_day(reference_month), known_on_after) as integer) as days_after_month
from judged
