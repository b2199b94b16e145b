-- What is in force of `history_encounters_by_area`.
-- How the figures are chosen is said in `int_encounters_by_area`.
{{ figures_in_force('encounters_by_area', ref('history_encounters_by_area'), ref('reigns')) }}
