-- What is in force of `history_book_outs`.
-- How the figures are chosen is said in `int_book_outs`.
{{ figures_in_force('book_outs', ref('history_book_outs'), ref('reigns')) }}
