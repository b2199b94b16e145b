"""The shortest plain DuckDB script from the same files to the same marts: what a journalist writes.

    python bench/plain_duckdb.py FOLDER OUTPUT.duckdb

Covers the marts that come from CBP's CSVs alone: encounters, encounters_by_area,
encounters_by_state, apprehensions, expulsions. It reads every file, takes each fiscal year from the
newest, and checks and keeps nothing. Workbooks and the custody page it does not read. Only for
folders that `more_vintages.py` wrote: the real files need more care than this (docs/sources.md).
"""

import sys

import duckdb

SERIES = {
    "area": "nationwide_encounters_aor",
    "southwest": "southwest_encounters",
    "state": "nationwide_encounters_state",
}
#: names start with the day of capture, so that the last name is the newest file
NEWEST = """
create temp table read as
select
    * exclude ("Month Grouping", "Fiscal Year", "Month (abbv)", "Encounter Count"),
    "Fiscal Year"[:4]::int as fiscal_year,
    strptime(
        (fiscal_year - ("Month (abbv)" in ('OCT', 'NOV', 'DEC'))::int) || "Month (abbv)", '%Y%b'
    )::date as reference_month,
    "Encounter Count" as people
from read_csv(
    '{folder}/cbp/{series}/*.csv', filename = true,
    types = {{'Fiscal Year': 'varchar', 'Encounter Count': 'double'}}
);
create temp table {name} as
from read join (select fiscal_year, max(filename) as filename from read group by fiscal_year)
using (fiscal_year, filename);
drop table read;
"""
HISTORY = """
create temp table history as
select make_date(cy, month, 1) as reference_month, sector, people, case
    when sector in ('livermore', 'miami', 'new_orleans', 'ramey') then 'other'
    when sector in (
        'blaine', 'buffalo', 'detroit', 'grand_forks', 'havre', 'houlton', 'spokane', 'swanton'
    ) then 'northern'
    else 'southwest' end as border_region
from (
    unpivot (
        select * exclude (coastal_border, northern_border, southwest_border, monthly_total, fy)
        from read_csv('{folder}/cbp/border_patrol_history/*.csv')
    ) on columns(* exclude (month, cy)) into name sector value people
);
"""
MARTS = """
create macro code(region) as lower(split_part(region, ' ', 1));
create macro group_of(citizenship) as if(
    upper(citizenship) in ('MEXICO', 'GUATEMALA', 'HONDURAS', 'EL SALVADOR'),
    upper(citizenship), 'OTHER'
);

create table encounters_by_area as
select
    reference_month, Component as component, code("Land Border Region") as border_region,
    "Area of Responsibility" as area, Demographic as demographic, Citizenship as citizenship,
    group_of(Citizenship) as citizenship_group, "Title of Authority" as title,
    "Encounter Type" as type, sum(people)::bigint as encounter_count
from area group by all;

create table encounters_by_state as
select
    reference_month, code("Land Border Region") as border_region, State as state,
    Demographic as demographic, Citizenship as citizenship,
    group_of(Citizenship) as citizenship_group, "Title of Authority" as title,
    sum(people)::bigint as encounter_count
from state group by all;

create table encounters as
from (
    select
        1 as precedence, reference_month, border_region, component, demographic, citizenship_group,
        title, type, sum(encounter_count)::bigint as encounter_count
    from encounters_by_area group by all
    union all
    select
        2, reference_month, 'southwest', Component, Demographic,
        group_of("Citizenship Grouping"), "Title of Authority", "Encounter Type",
        sum(people)::bigint
    from southwest group by all
    union all
    select
        3, reference_month, border_region, null, demographic, citizenship_group, title, null,
        sum(encounter_count)::bigint
    from encounters_by_state group by all
)
qualify precedence = min(precedence) over (partition by reference_month, border_region);

create table expulsions as
select * exclude (title, type, encounter_count), encounter_count as expulsion_count
from encounters where title = 'Title 42';

create table apprehensions as
from (
    select
        1 as precedence, reference_month, border_region, area as sector, demographic,
        citizenship_group, sum(encounter_count)::bigint as apprehension_count
    from encounters_by_area where type = 'Apprehensions' group by all
    union all
    select
        2, reference_month, 'southwest', null, Demographic, group_of("Citizenship Grouping"),
        sum(people)::bigint
    from southwest
    where "Encounter Type" = 'Apprehensions' group by all
    union all
    select 3, reference_month, border_region, sector, null, null, people
    from history where reference_month < date '2020-03-01'
)
qualify precedence = min(precedence) over (partition by reference_month, border_region);
"""

if __name__ == "__main__":
    folder, output = sys.argv[1:]
    with duckdb.connect(output) as connection:
        for name, series in SERIES.items():
            connection.execute(NEWEST.format(folder=folder, name=name, series=series))
        connection.execute(HISTORY.format(folder=folder))
        connection.execute(MARTS)
