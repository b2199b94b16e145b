{{ config(alias='releases_from_border_custody') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('releases_from_border_custody', ref('int_releases_from_border_custody')) }}
