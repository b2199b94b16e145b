-- Each time that the bytes of a known vintage were seen again.
select
    vintage_id,
    series,
    published_name,
    published_url,
    seen_at
from {{ source('ledger', 'sightings') }}
