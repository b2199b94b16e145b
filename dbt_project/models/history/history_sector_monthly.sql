{{ config(alias='sector_monthly') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('sector_monthly', ref('int_sector_monthly')) }}
