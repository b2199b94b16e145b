-- What is in force of `history_apprehensions`.
-- How the figures are chosen is said in `int_apprehensions`.
{{ figures_in_force('apprehensions', ref('history_apprehensions'), ref('reigns')) }}
