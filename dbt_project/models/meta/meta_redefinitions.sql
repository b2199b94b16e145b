-- Where an agency began to count something else, for each table of the marts that is made of it.
{{ config(alias='redefinitions') }}
select
    unnest(string_split(marts, ' ')) as mart,
    series,
    table_name,
    from_coverage_end,
    publication,
    reason,
    source
from {{ ref('redefinitions') }}
