{{ config(alias='outcomes_by_family_status') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('outcomes_by_family_status', ref('int_outcomes_by_family_status')) }}
