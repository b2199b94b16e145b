{{ config(alias='encounters') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('encounters', ref('int_encounters')) }}
