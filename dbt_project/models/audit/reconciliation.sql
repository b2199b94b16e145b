-- Every total that somebody published beside ours, and how they agree. The status is one rule, below,
-- for all rows: nothing is decided row by row.
{% set parts = [
    'int_reconciliation_control_totals', 'int_reconciliation_own_totals', 'int_reconciliation_other_series',
] %}

with every_total as (
    {% for part in parts %}
        select * from {{ ref(part) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- since when the vintage reigns that gives a figure now
last_known as (
    select
        mart,
        coalesce(reference_month, make_date(fiscal_year - 1, 10, 1)) as reference_month,
        max(valid_from) as known_on
    from {{ ref('reigns') }}
    where valid_to is null
    group by all
),

compared as (
    select
        every_total.*,
        max(last_known.known_on) as last_known_on
    from every_total
    left join last_known
        on
            every_total.our_table = last_known.mart
            and last_known.reference_month between every_total.first_month and every_total.last_month
    group by all
),

with_difference as (
    select
        *,
        ours_now - published as difference
    from compared
)

select
    comparison,
    measure,
    scope,
    period,
    first_month,
    last_month,
    published,
    published_on,
    published_source,
    our_table,
    ours_as_of_then,
    ours_now,
    difference,
    case
        when not_comparable_reason is not null then 'not comparable: ' || not_comparable_reason
        when difference = 0 then 'exact'
        when abs(difference) <= rounding then 'rounding'
        when ours_as_of_then = published and last_known_on > published_on then 'revised since'
        when ours_now = sum_of_published_parts or abs(ours_now - sum_of_published_parts) <= rounding
            then 'not comparable: the publication''s own parts do not add up to its total'
        when abs(difference) <= allowed_difference then 'differs between sources'
        when comparison = 'published total' and published_on is not null and ours_as_of_then is null
            then 'differs, no vintage held from then'
        else 'unexplained'
    end as status
from with_difference
