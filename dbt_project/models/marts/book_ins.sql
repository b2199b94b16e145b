-- What is in force of `history_book_ins`.
-- How the figures are chosen is said in `int_book_ins`.
{{ figures_in_force('book_ins', ref('history_book_ins'), ref('reigns')) }}
