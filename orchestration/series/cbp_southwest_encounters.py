"""CBP southwest land border encounters by component: where the files are, what stands in them.

One CSV for four fiscal years. It splits by component, which the nationwide cut by state does
not, but names only four nationalities and has no place below the border.
"""

import re

from orchestration.read.cbp_encounters import publication_month, read_encounters
from orchestration.read.reading import Document, Reading, Table, raw_columns
from orchestration.series import cbp
from orchestration.series.series import Series

NAME = "cbp_southwest_encounters"
LABEL_COLUMNS = {
    "Month Grouping": "month_grouping",
    "Month (abbv)": "month_label",
    "Component": "component_label",
    "Demographic": "demographic_label",
    "Citizenship Grouping": "citizenship_grouping_label",
    "Title of Authority": "title_of_authority_label",
    "Encounter Type": "encounter_type_label",
}
CODE_LISTS = {
    "component": ("component_label", "component"),
    "demographic": ("demographic_label", "demographic"),
    "citizenship_group": ("citizenship_grouping_label", "citizenship_group"),
    "title_of_authority": ("title_of_authority_label", "title_of_authority"),
}
TABLE = Table(
    name=NAME,
    raw_table=NAME,
    columns=raw_columns(
        **dict.fromkeys(LABEL_COLUMNS.values(), "VARCHAR"),
        component="VARCHAR",
        demographic="VARCHAR",
        citizenship_group="VARCHAR",
        title_of_authority="VARCHAR",
        encounter_type="VARCHAR",
    ),
    is_main=True,
)


def read(document: Document) -> Reading:
    """One row per row of the file; ``value`` counts encounters, not persons."""
    return read_encounters(document, TABLE, LABEL_COLUMNS, CODE_LISTS)


SERIES = Series(
    name=NAME,
    agency="CBP",
    title="CBP southwest land border encounters",
    description=(
        "Encounters at the southwest land border by month, component, demographic, citizenship "
        "group, title of authority and type."
    ),
    kind="csv",
    landing_pages=(f"{cbp.SITE}/document/stats/southwest-land-border-encounters",),
    link_pattern=re.compile(
        r".*/sbo-encounters-fy\d{2}-fy\d{2}(?:-[a-z]{3,9})?(?:_\d+)?\.csv$", re.I
    ),
    tables=(TABLE,),
    read=read,
    footings=cbp.no_footings,
    publication_month=publication_month,
    usual_lag_days=cbp.USUAL_LAG_DAYS,
    late_after_days=cbp.LATE_AFTER_DAYS,
    notice=cbp.NOTICE,
    hosts=cbp.HOSTS,
)
