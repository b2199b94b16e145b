{{ config(alias='outcomes_by_citizenship') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('outcomes_by_citizenship', ref('int_outcomes_by_citizenship')) }}
