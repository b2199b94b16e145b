{{ config(alias='apprehensions') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('apprehensions', ref('int_apprehensions')) }}
