-- Codes that our own logic writes, in all tables of marts and meta: another one is our mistake.
{{ config(meta={'dagster': {'ref': {'name': 'vintages'}}}) }}
{% set date_basis = {'date_basis': ['encounter_month']} %}
{% set status = ['accepted', 'quarantined'] %}
{% set coverage_basis = ['stated', 'inferred'] %}
{% set tables = {
    'encounters': {'date_basis': ['encounter_month'], 'encounter_type': ['apprehension', 'inadmissible', 'expulsion']},
    'encounters_by_area': {
        'date_basis': ['encounter_month'], 'encounter_type': ['apprehension', 'inadmissible', 'expulsion'],
    },
    'encounters_by_state': date_basis,
    'sector_monthly': date_basis,
    'apprehensions': date_basis,
    'expulsions': date_basis,
    'releases_from_border_custody': {
        'date_basis': ['encounter_month'], 'component': ['USBP', 'OFO'],
        'release_type': ['usbp_release', 'ofo_parole'],
    },
    'releases_from_ice_detention': {'date_basis': ['release_month']},
    'book_outs': {
        'date_basis': ['release_month'], 'definition': ['final_releases', 'final_book_outs', 'ohss_book_outs'],
    },
    'book_ins': {'date_basis': ['book_in_month']},
    'removals': {
        'date_basis': ['removal_month'], 'arresting_agency': ['CBP', 'ICE', 'other_or_unknown'],
        'kind': ['removal', 'return'], 'return_class': ['enforcement', 'administrative'],
    },
    'ice_removals': {'date_basis': ['removal_month'], 'arresting_agency': ['CBP', 'ICE', 'other_or_unknown']},
    'outcomes_by_component': date_basis,
    'outcomes_by_family_status': date_basis,
    'outcomes_by_citizenship': date_basis,
    'border_monthly': date_basis,
    'custody_inadmissibles': date_basis,
    'detention_population': {
        'date_basis': ['population_date', 'average_of_month'],
        'measure': ['currently_detained', 'average_daily_population'],
    },
    'ice_fiscal_year_totals': {
        'date_basis': ['fiscal_year_to_date'],
        'measure': [
            'book_ins', 'book_ins_by_arresting_agency', 'releases', 'releases_by_reason',
            'releases_on_bond_by_authority', 'book_outs', 'book_outs_by_reason', 'book_outs_on_bond_by_authority',
            'released_into_us', 'removals', 'average_daily_population',
            'average_daily_population_by_arresting_agency',
        ],
    },
    'facilities': {'date_basis': ['fiscal_year_to_date']},
    'book_ins_by_facility_type': {'date_basis': ['fiscal_year_to_date']},
    'revisions': {'kind': ['revised', 'appeared', 'vanished', 'redefined']},
    'corrections_made': {'status': ['applied', 'proposed', 'withdrawn']},
    'reconciliation': {'comparison': ['published total', 'own total', 'other series']},
    'vintages': {
        'status': status, 'coverage_basis': coverage_basis, 'source_mode': ['live', 'folder', 'sample'],
        'known_on_basis': ['captured', 'name_or_url', 'folder_month', 'estimated'],
    },
    'vintage_tables': {'status': status, 'coverage_basis': coverage_basis},
    'checks': {'severity': ['critical', 'warning']},
} %}

{% for table, columns in tables.items() %}
    {{ codes_not_listed(ref(table), columns) }}
    {{ "union all" if not loop.last }}
{% endfor %}
