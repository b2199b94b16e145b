-- Encounters under Title 42 (2020-03-20 to 2023-05-11), from the same rows as `encounters`.
{{ expulsions(ref('encounters')) }}
