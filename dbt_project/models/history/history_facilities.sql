{{ config(alias='facilities') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('facilities', ref('int_facilities')) }}
