-- Every vintage ever captured, whether it may be used, and whether a figure of today comes from it.
select
    vintages.vintage_id,
    vintages.series,
    vintages.agency,
    vintages.published_name,
    vintages.published_url,
    vintages.source_mode,
    vintages.captured_at,
    vintages.known_on,
    vintages.known_on_basis,
    vintages.publication_month,
    vintages.coverage_start,
    vintages.coverage_end,
    vintages.coverage_basis,
    vintages.content_sha256,
    vintages.same_content_as,
    vintages.fiscal_years,
    vintages.bytes,
    vintages.status,
    vintages.reasons,
    vintages.warnings,
    vintages.vintage_id in (select used.vintage_id from {{ ref('sources_of_this_version') }} as used)
        as is_current
from {{ source('ledger', 'vintages') }} as vintages
