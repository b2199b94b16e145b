-- What is in force of `history_sector_monthly`.
-- How the figures are chosen is said in `int_sector_monthly`.
{{ figures_in_force('sector_monthly', ref('history_sector_monthly'), ref('reigns')) }}
