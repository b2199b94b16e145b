-- What is in force of `history_releases_from_border_custody`.
-- How the figures are chosen is said in `int_releases_from_border_custody`.
{{ figures_in_force('releases_from_border_custody', ref('history_releases_from_border_custody'), ref('reigns')) }}
