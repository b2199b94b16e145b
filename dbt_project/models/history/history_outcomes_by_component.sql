{{ config(alias='outcomes_by_component') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('outcomes_by_component', ref('int_outcomes_by_component')) }}
