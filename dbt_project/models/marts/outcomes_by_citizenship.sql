-- What is in force of `history_outcomes_by_citizenship`.
-- How the figures are chosen is said in `int_outcomes_by_citizenship`.
{{ figures_in_force('outcomes_by_citizenship', ref('history_outcomes_by_citizenship'), ref('reigns')) }}
