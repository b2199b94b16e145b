{{ config(alias='detention_totals') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('detention_totals', ref('int_detention_totals')) }}
