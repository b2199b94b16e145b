-- What is in force of `history_outcomes_by_component`.
-- How the figures are chosen is said in `int_outcomes_by_component`.
{{ figures_in_force('outcomes_by_component', ref('history_outcomes_by_component'), ref('reigns')) }}
