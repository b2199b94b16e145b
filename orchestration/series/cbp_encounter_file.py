"""What the three CBP encounter files have in common as series: columns, code lists, site, pace.

Which of the columns a file has, its page, its links and its words stand in its own module; how its
rows are read, in ``read.cbp_encounters``.
"""

import re
from typing import NamedTuple

from orchestration.read.cbp_encounters import publication_month, read_encounters
from orchestration.read.reading import Document, Reading, Table, raw_columns
from orchestration.series import cbp
from orchestration.series.series import Series


class Column(NamedTuple):
    """Where a published column goes: its raw column and, if it has codes, theirs and their list."""

    raw: str
    code: str = ""
    code_list: str = ""


COLUMNS = {
    "Month Grouping": Column("month_grouping"),
    "Month (abbv)": Column("month_label"),
    "Component": Column("component_label", "component", "component"),
    "Land Border Region": Column("land_border_region_label", "border_region", "border_region"),
    "State": Column("state"),
    "Area of Responsibility": Column(
        "area_of_responsibility_label", "area_of_responsibility", "border_area"
    ),
    "AOR (Abbv)": Column("aor_abbv"),
    "Demographic": Column("demographic_label", "demographic", "demographic"),
    "Citizenship": Column("citizenship_label", "citizenship", "citizenship"),
    "Citizenship Grouping": Column(
        "citizenship_grouping_label", "citizenship_group", "citizenship_group"
    ),
    "Title of Authority": Column(
        "title_of_authority_label", "title_of_authority", "title_of_authority"
    ),
    "Encounter Type": Column("encounter_type_label"),
}


def encounter_series(
    *,
    name: str,
    title: str,
    description: str,
    page: str,
    link_pattern: str,
    header: tuple[str, ...],
) -> Series:
    """The series of one encounter file; its one table has the series' name.

    ``page``: last part of the landing page's path. ``header``: the columns between fiscal year and
    count. One row per row of the file; ``value`` counts encounters, not persons. The citizenship
    group and the type of encounter are derived.
    """
    columns = [COLUMNS[published] for published in header]
    codes = [column.code for column in columns if column.code]
    if "citizenship" in codes:
        codes.insert(codes.index("citizenship") + 1, "citizenship_group")
    if "component" in codes:
        codes.append("encounter_type")
    raw = raw_columns(**dict.fromkeys([*(column.raw for column in columns), *codes], "VARCHAR"))
    table = Table(name, name, raw, is_main=True)
    labels = {published: COLUMNS[published].raw for published in header}
    code_lists = {column.code: (column.raw, column.code_list) for column in columns if column.code}

    def read(document: Document) -> Reading:
        return read_encounters(document, table, labels, code_lists)

    return Series(
        name=name,
        agency="CBP",
        title=title,
        description=description,
        kind="csv",
        landing_pages=(f"{cbp.SITE}/document/stats/{page}",),
        link_pattern=re.compile(link_pattern, re.IGNORECASE),
        tables=(table,),
        read=read,
        footings=cbp.no_footings,
        publication_month=publication_month,
        usual_lag_days=cbp.USUAL_LAG_DAYS,
        late_after_days=cbp.LATE_AFTER_DAYS,
        notice=cbp.NOTICE,
        hosts=cbp.HOSTS,
    )
