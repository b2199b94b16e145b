"""CBP nationwide encounters by state: where the files are found, and what stands in them.

One CSV for four fiscal years, replaced every month while the last of them is open. It has no
component and no encounter type: those stand in the cut by area of responsibility.
"""

import re

from orchestration.read.cbp_encounters import publication_month, read_encounters
from orchestration.read.reading import Document, Reading, Table, raw_columns
from orchestration.series import cbp
from orchestration.series.series import Series

NAME = "cbp_nationwide_encounters_state"
LABEL_COLUMNS = {
    "Month Grouping": "month_grouping",
    "Month (abbv)": "month_label",
    "Land Border Region": "land_border_region_label",
    "State": "state",
    "Demographic": "demographic_label",
    "Citizenship": "citizenship_label",
    "Title of Authority": "title_of_authority_label",
}
CODE_LISTS = {
    "border_region": ("land_border_region_label", "border_region"),
    "demographic": ("demographic_label", "demographic"),
    "citizenship": ("citizenship_label", "citizenship"),
    "title_of_authority": ("title_of_authority_label", "title_of_authority"),
}
TABLE = Table(
    name=NAME,
    raw_table=NAME,
    columns=raw_columns(
        **dict.fromkeys(LABEL_COLUMNS.values(), "VARCHAR"),
        border_region="VARCHAR",
        demographic="VARCHAR",
        citizenship="VARCHAR",
        citizenship_group="VARCHAR",
        title_of_authority="VARCHAR",
    ),
    is_main=True,
)


def read(document: Document) -> Reading:
    """One row per row of the file; ``value`` counts encounters, not persons."""
    return read_encounters(document, TABLE, LABEL_COLUMNS, CODE_LISTS)


SERIES = Series(
    name=NAME,
    agency="CBP",
    title="CBP nationwide encounters by state",
    description=(
        "Encounters (USBP apprehensions, OFO inadmissibles, Title 42 expulsions) by month, land "
        "border region, state, demographic, citizenship and title of authority."
    ),
    kind="csv",
    landing_pages=(f"{cbp.SITE}/document/stats/nationwide-encounters",),
    link_pattern=re.compile(
        r".*/nationwide-encounters-fy\d{2}-fy\d{2}(?:-[a-z]{3,9})?-state(?:_\d+)?\.csv$", re.I
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
