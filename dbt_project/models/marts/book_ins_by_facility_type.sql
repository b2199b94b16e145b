-- What is in force of `history_book_ins_by_facility_type`.
-- How the figures are chosen is said in `int_book_ins_by_facility_type`.
{{ figures_in_force('book_ins_by_facility_type', ref('history_book_ins_by_facility_type'), ref('reigns')) }}
