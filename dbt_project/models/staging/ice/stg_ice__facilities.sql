with accepted as (
    select
        vintage_id,
        table_name
    from {{ ref('stg_ledger__accepted_tables') }}
),

published as (
    {{ with_corrections('ice_facilities', labels=['source_place'], attributes=[
        'name', 'address', 'city', 'state', 'zip', 'area_of_responsibility', 'type_detailed',
        'gender', 'average_length_of_stay', 'level_a', 'level_b', 'level_c', 'level_d',
        'male_criminal', 'male_non_criminal', 'female_criminal', 'female_non_criminal',
        'threat_level_1', 'threat_level_2', 'threat_level_3', 'no_threat_level', 'mandatory',
        'guaranteed_minimum', 'last_inspection_type', 'last_inspection_standard',
        'last_inspection_rating', 'last_inspection_date',
    ]) }}
)

select
    published.vintage_id,
    published.table_name,
    published.fiscal_year,
    published.reference_month,
    published.name,
    published.address,
    published.city,
    published.state,
    published.zip,
    published.area_of_responsibility,
    published.type_detailed,
    published.gender,
    published.average_length_of_stay,
    published.level_a,
    published.level_b,
    published.level_c,
    published.level_d,
    published.male_criminal,
    published.male_non_criminal,
    published.female_criminal,
    published.female_non_criminal,
    published.threat_level_1,
    published.threat_level_2,
    published.threat_level_3,
    published.no_threat_level,
    published.mandatory,
    published.guaranteed_minimum,
    published.last_inspection_type,
    published.last_inspection_standard,
    published.last_inspection_rating,
    published.last_inspection_date,
    published.source_place,
    published.value,
    published.null_reason,
    published.published_value,
    published.is_corrected
from published
inner join accepted
    on
        published.vintage_id = accepted.vintage_id
        and published.table_name = accepted.table_name
