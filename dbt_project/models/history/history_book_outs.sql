{{ config(alias='book_outs') }}
-- depends_on: {{ ref('reigns') }}
{{ history_of('book_outs', ref('int_book_outs')) }}
