-- What is in force of `history_encounters`.
-- How the figures are chosen is said in `int_encounters`.
{{ figures_in_force('encounters', ref('history_encounters'), ref('reigns')) }}
