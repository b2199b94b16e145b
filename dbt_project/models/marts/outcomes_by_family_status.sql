-- What is in force of `history_outcomes_by_family_status`.
-- How the figures are chosen is said in `int_outcomes_by_family_status`.
{{ figures_in_force('outcomes_by_family_status', ref('history_outcomes_by_family_status'), ref('reigns')) }}
