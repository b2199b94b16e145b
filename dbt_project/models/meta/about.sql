-- What this file is: the version, when and from what kind of source it was built, CBP's notice, and
-- a warning if the publications are the bundled sample (the ledger knows; it never mixes the two).
select
    '{{ var("version") }}' as version,
    coalesce(try_cast('{{ var("built_at") }}' as timestamp), cast(now() at time zone 'UTC' as timestamp)) as built_at,
    '{{ var("source_mode") }}' as source_mode,
    'This product uses U.S. Customs and Border Protection data, but is not endorsed by CBP.' as notice,
    (
        select max('{{ sample_warning() }}')
        from {{ source('ledger', 'vintages') }}
        where source_mode = 'sample'
    ) as sample_warning
