-- What this file is: the version, when and from what kind of source it was built, and CBP's notice.
select
    '{{ var("version") }}' as version,
    coalesce(try_cast('{{ var("built_at") }}' as timestamp), cast(now() at time zone 'UTC' as timestamp)) as built_at,
    '{{ var("source_mode") }}' as source_mode,
    'This product uses U.S. Customs and Border Protection data, but is not endorsed by CBP.' as notice
