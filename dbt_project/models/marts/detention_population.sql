-- What is in force of `history_detention_population`.
-- How the figures are chosen is said in `int_detention_population`.
{{ figures_in_force('detention_population', ref('history_detention_population'), ref('reigns')) }}
