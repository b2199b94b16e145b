-- What is in force of `history_custody_inadmissibles`.
-- How the figures are chosen is said in `int_custody_inadmissibles`.
{{ figures_in_force('custody_inadmissibles', ref('history_custody_inadmissibles'), ref('reigns')) }}
