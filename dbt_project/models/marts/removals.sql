-- What is in force of `history_removals`.
-- How the figures are chosen is said in `int_removals`.
{{ figures_in_force('removals', ref('history_removals'), ref('reigns')) }}
