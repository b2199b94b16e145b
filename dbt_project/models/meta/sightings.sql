-- Each time that the bytes of a known vintage were seen again. One whose file or sidecar is damaged, and
-- that no load could read since the ledger was made, is not known.
select
    sightings.vintage_id,
    sightings.series,
    sightings.published_name,
    sightings.published_url,
    sightings.seen_at
from {{ source('ledger', 'sightings') }} as sightings
inner join {{ source('ledger', 'vintages') }} as vintages on sightings.vintage_id = vintages.vintage_id
