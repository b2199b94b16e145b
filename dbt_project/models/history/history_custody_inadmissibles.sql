{{ config(alias='custody_inadmissibles') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('custody_inadmissibles', ref('int_custody_inadmissibles')) }}
