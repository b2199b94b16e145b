-- Each two vintages that followed upon each other in a month, compared figure by figure as published
-- (labels normalised): how many figures, and a list of those that changed. A figure that is absent
-- from one and 0 in the other did not change: some CBP files print explicit zero rows, others none.
-- Left out: ICE's facilities (no identity of their own) and tables of the custody page that we do
-- not know.
{% set compared = [
    ('stg_cbp__nationwide_encounters_aor', [
        'component', 'border_region', 'area_of_responsibility', 'demographic', 'citizenship', 'title_of_authority',
        'encounter_type'
    ], 'false', 'true'),
    ('stg_cbp__nationwide_encounters_state',
        ['border_region', 'state', 'demographic', 'citizenship', 'title_of_authority'], 'false', 'true'),
    ('stg_cbp__southwest_encounters',
        ['component', 'demographic', 'citizenship_group', 'title_of_authority', 'encounter_type'], 'false', 'true'),
    ('stg_cbp__custody_transfers', ['row_code'], "starts_with(row_code, 'total')", "table_name != 'custody_other'"),
    ('stg_cbp__border_patrol_history', ['level', 'sector', 'border_region'], "level != 'sector'", 'true'),
    ('stg_ice__initial_book_ins', ['arresting_agency'], "arresting_agency = 'Total'", 'true'),
    ('stg_ice__final_book_outs', ['release_reason', 'criminality'],
        "release_reason = 'total' or criminality is null or coalesce(is_sub_reason, false)", 'true'),
    ('stg_ice__average_daily_population', ['arresting_agency', 'criminality'],
        "arresting_agency = 'Total' or criminality is null", 'true'),
    ('stg_ohss__monthly_tables', ['block_code', 'column_code'],
        "coalesce(block_code, '') = 'total' or column_code in ('total', 'total_encounters')", 'true'),
] %}

with figures as (
    {% for staged, keys, overlapping, where in compared %}
        {{ figures_side_by_side(ref(staged), keys, overlapping, where) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    {{ succession_columns() }},
    is_overlapping,
    count(*) as figure_count,
    list(struct_pack(figure := figure, old_value := old_value, new_value := new_value) order by figure) filter (
        where coalesce(old_value, 0) != coalesce(new_value, 0)
    ) as changes
from figures
group by all
