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

with successions as (
    select
        *,
        row_number() over (order by series, table_name, reference_month, known_on_after) as succession_number
    from {{ ref('int_successions') }}
),

sides as (
    {% for side in ['before', 'after'] %}
        select
            succession_number,
            table_name,
            reference_month,
            vintage_{{ side }} as vintage_id,
            {{ 'true' if side == 'after' else 'false' }} as is_after
        from successions
        {{ "union all" if not loop.last }}
    {% endfor %}
),

figures as (
    {% for staged, keys, overlapping, where in compared %}
        {{ figures_side_by_side(ref(staged), keys, overlapping, where, 'sides') }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

counted as (
    select
        succession_number,
        is_overlapping,
        count(*) as figure_count,
        list(struct_pack(figure := figure, old_value := old_value, new_value := new_value) order by figure) filter (
            where figure is not null
        ) as changes
    from figures
    group by all
)

select
    successions.series,
    successions.table_name,
    successions.reference_month,
    successions.vintage_before,
    successions.vintage_after,
    successions.was_partial,
    successions.known_on_before,
    successions.known_on_after,
    successions.is_known_on_estimated,
    successions.coverage_end_before,
    successions.coverage_end_after,
    counted.is_overlapping,
    counted.figure_count,
    counted.changes
from counted
inner join successions on counted.succession_number = successions.succession_number
