{{ config(alias='ice_fiscal_year_totals') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('ice_fiscal_year_totals', ref('int_ice_fiscal_year_totals')) }}
