{{ config(alias='encounters_by_state') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('encounters_by_state', ref('int_encounters_by_state')) }}
