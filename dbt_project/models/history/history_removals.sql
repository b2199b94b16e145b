{{ config(alias='removals') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('removals', ref('int_removals')) }}
