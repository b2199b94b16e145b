-- What is in force of `history_ice_fiscal_year_totals`.
-- How the figures are chosen is said in `int_ice_fiscal_year_totals`.
{{ figures_in_force('ice_fiscal_year_totals', ref('history_ice_fiscal_year_totals'), ref('reigns')) }}
