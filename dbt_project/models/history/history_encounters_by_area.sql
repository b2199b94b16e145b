{{ config(alias='encounters_by_area') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('encounters_by_area', ref('int_encounters_by_area')) }}
