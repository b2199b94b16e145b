-- What is in force of `history_ice_removals`.
-- How the figures are chosen is said in `int_ice_removals`.
{{ figures_in_force('ice_removals', ref('history_ice_removals'), ref('reigns')) }}
