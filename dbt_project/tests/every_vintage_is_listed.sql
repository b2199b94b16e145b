-- Vintages that a table of marts, meta or history names and that meta.vintages does not list.
{{ config(meta={'dagster': {'ref': {'name': 'vintages'}}}) }}
{% set one = ['vintage_id'] %}
{% set tables = {
    'encounters': one, 'encounters_by_area': one, 'encounters_by_state': one, 'sector_monthly': one,
    'apprehensions': one, 'expulsions': one, 'releases_from_border_custody': one,
    'releases_from_ice_detention': one, 'book_outs': one, 'book_ins': one, 'removals': one, 'ice_removals': one,
    'outcomes_by_component': one, 'outcomes_by_family_status': one, 'outcomes_by_citizenship': one,
    'detention_population': one, 'ice_fiscal_year_totals': one, 'facilities': one,
    'book_ins_by_facility_type': one, 'custody_inadmissibles': one, 'reigns': one,
    'border_monthly': ['encounters_vintage_id', 'apprehensions_vintage_id', 'releases_vintage_id'],
    'detention_monthly': [
        'book_ins_vintage_id', 'releases_vintage_id', 'removals_vintage_id', 'population_vintage_id',
    ],
    'revisions': ['vintage_before', 'vintage_after'], 'revision_summary': one,
    'vintage_tables': one, 'sightings': one, 'checks': one, 'freshness': ['last_vintage_id'],
    'sources_of_this_version': one,
} %}

with named as (
    {% for table, columns in tables.items() %}
        {% for column in columns %}
            select
                '{{ table }}.{{ column }}' as named_in,
                {{ column }} as vintage_id
            from {{ ref(table) }}
            {{ "union" if not loop.last }}
        {% endfor %}
        {{ "union" if not loop.last }}
    {% endfor %}
)

select
    named.named_in,
    named.vintage_id
from named
left join {{ ref('vintages') }} as vintages on named.vintage_id = vintages.vintage_id
where named.vintage_id is not null and vintages.vintage_id is null
