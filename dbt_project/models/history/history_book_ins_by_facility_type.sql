{{ config(alias='book_ins_by_facility_type') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('book_ins_by_facility_type', ref('int_book_ins_by_facility_type')) }}
