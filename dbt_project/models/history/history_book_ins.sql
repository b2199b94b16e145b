{{ config(alias='book_ins') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('book_ins', ref('int_book_ins')) }}
