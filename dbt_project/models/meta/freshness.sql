-- How old the figures of each series are. No new file is a normal state of a series, not a failure.
with newest as (
    select
        series,
        agency,
        count(*) as vintage_count,
        count(*) filter (where status = 'quarantined') as quarantined_vintage_count,
        last(vintage_id order by known_on, coverage_end nulls first, vintage_id) as last_vintage_id,
        max(known_on) as last_known_on,
        max(coverage_end) filter (where status = 'accepted') as covered_through
    from {{ source('ledger', 'vintages') }}
    group by all
)

select
    newest.series,
    newest.agency,
    newest.vintage_count,
    newest.quarantined_vintage_count,
    newest.last_vintage_id,
    newest.last_known_on,
    newest.covered_through,
    date_diff('day', newest.last_known_on, cast(about.built_at as date)) as days_since_known,
    date_diff('day', newest.covered_through, cast(about.built_at as date)) as days_since_covered
from newest
cross join {{ ref('about') }} as about
