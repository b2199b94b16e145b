"""CBP nationwide encounters by area of responsibility: where the files are, what stands in them.

Never run on a real file: none is held (each is over 4 MiB). Header and rows are known from the
agency's pages and from single rows seen. The finest cut: sector or field office by citizenship.
"""

import re

from orchestration.read.cbp_encounters import publication_month, read_encounters
from orchestration.read.reading import Document, Reading, Table, raw_columns
from orchestration.series import cbp
from orchestration.series.series import Series

NAME = "cbp_nationwide_encounters_aor"
LABEL_COLUMNS = {
    "Month Grouping": "month_grouping",
    "Month (abbv)": "month_label",
    "Component": "component_label",
    "Land Border Region": "land_border_region_label",
    "Area of Responsibility": "area_of_responsibility_label",
    "AOR (Abbv)": "aor_abbv",
    "Demographic": "demographic_label",
    "Citizenship": "citizenship_label",
    "Title of Authority": "title_of_authority_label",
    "Encounter Type": "encounter_type_label",
}
CODE_LISTS = {
    "component": ("component_label", "component"),
    "border_region": ("land_border_region_label", "border_region"),
    "area_of_responsibility": ("area_of_responsibility_label", "border_area"),
    "demographic": ("demographic_label", "demographic"),
    "citizenship": ("citizenship_label", "citizenship"),
    "title_of_authority": ("title_of_authority_label", "title_of_authority"),
}
TABLE = Table(
    name=NAME,
    raw_table=NAME,
    columns=raw_columns(
        **dict.fromkeys(LABEL_COLUMNS.values(), "VARCHAR"),
        component="VARCHAR",
        border_region="VARCHAR",
        area_of_responsibility="VARCHAR",
        demographic="VARCHAR",
        citizenship="VARCHAR",
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
    title="CBP nationwide encounters by area of responsibility",
    description=(
        "Encounters by month, component, land border region, sector or field office, demographic, "
        "citizenship, title of authority and type. Never run on a real file: none is held."
    ),
    kind="csv",
    landing_pages=(f"{cbp.SITE}/document/stats/nationwide-encounters",),
    # in 2022 the file by area had no suffix
    link_pattern=re.compile(
        r".*/nationwide-encounters-fy\d{2}-fy\d{2}(?:-(?!state)[a-z]{3,9})?(?:-aor)?(?:_\d+)?\.csv$",
        re.I,
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
