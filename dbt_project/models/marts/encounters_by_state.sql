-- What is in force of `history_encounters_by_state`.
-- How the figures are chosen is said in `int_encounters_by_state`.
{{ figures_in_force('encounters_by_state', ref('history_encounters_by_state'), ref('reigns')) }}
