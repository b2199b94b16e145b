{{ config(alias='detention_population') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('detention_population', ref('int_detention_population')) }}
