-- What is in force of `history_facilities`.
-- How the figures are chosen is said in `int_facilities`.
{{ figures_in_force('facilities', ref('history_facilities'), ref('reigns')) }}
