{{ config(alias='ice_removals') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('ice_removals', ref('int_ice_removals')) }}
