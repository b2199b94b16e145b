-- What this file is: the version, when and from what kind of source it was built (`publish` says so of
-- a version), CBP's notice, and a warning if the publications are the bundled sample (the ledger knows;
-- it never mixes the two).
select
    'unpublished' as version,
    coalesce(try_cast('{{ var("built_at") }}' as timestamp), cast(now() at time zone 'UTC' as timestamp)) as built_at,
    'unknown' as source_mode,
    'This product uses U.S. Customs and Border Protection data, but is not endorsed by CBP.' as notice,
    (
        select max('{{ sample_warning() }}')
        from {{ source('ledger', 'vintages') }}
        where source_mode = 'sample'
    ) as sample_warning
