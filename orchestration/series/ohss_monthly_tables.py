"""OHSS "Immigration Enforcement and Legal Processes Monthly Tables": where, and what adds up.

Belongs here: the landing page, the links, the tables, and which published parts belong to which
published total. How a sheet is read stands in ``read.ohss_workbook``. Each workbook restates all
of history; between the April and June 2024 tables OHSS reclassified all book-outs by outcome.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.read.fiscal_calendar import folder_month
from orchestration.read.ohss_workbook import (
    COLUMNS,
    MAIN_TABLES,
    NEW_SHEETS,
    TOTAL,
    listed_tables,
    read_ohss_workbook,
)
from orchestration.read.reading import Table
from orchestration.series.series import FOOTING_COLUMNS, Series

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

#: The notes under these tables say so: 'Columns do not add to total because total includes ...'.
#: Of a sheet that stands in no code list it is not known what adds up.
TOTAL_HOLDS_UNPUBLISHED_COLUMNS = frozenset(
    {
        "swb_encounters_by_family_status",  # unknown family status
        "ice_book_ins_by_arresting_agency",  # unknown arresting agency
        "ice_removals_and_returns_by_arresting_agency",
        "other_dhs_removals_by_arrest_agcy",
        NEW_SHEETS,
    }
)
TOTAL_HOLDS_UNPUBLISHED_BLOCKS = frozenset(
    {
        "swb_book_outs_by_family_status",  # accompanied minors, unknown family status
        "ice_book_outs_by_arresting_agency",
        NEW_SHEETS,
    }
)
#: Published between total and parts, or beside them: adding it would count people twice.
NO_PARTS = frozenset({"title_8_enforcement_repatriations"})
TOTAL_CODES = frozenset({TOTAL, "total_encounters"})
#: Which column of the total block the totals of the other blocks add up to, where not the same.
BLOCK_TOTALS_ADD_UP_TO = {"dhs_repatriations_by_type": "title_8_repatriations"}


def footings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Months to the fiscal year, columns to their Total, blocks to the total block.

    Figures are rounded to ten one by one: n parts may miss their total by 5 x (n + 1). 'X' (not
    applicable) adds nothing; a sum with any other gap ('NA', blank) is left out. Not always true
    of 'X': MPP returns of February 2019 are X, and the total of FY2019 holds about 150 of them.
    """
    if not tables:
        return pd.DataFrame(columns=FOOTING_COLUMNS)
    figures = _figures(tables)
    is_year = figures["reference_month"].isna()
    is_total = figures["column"].isin(TOTAL_CODES)
    is_part = ~is_total & ~figures["column"].isin(NO_PARTS)
    in_total_block = figures["block"].eq(TOTAL)
    in_block = ~in_total_block & figures["block"].ne("")
    columns_add_up = ~figures["table_name"].isin(TOTAL_HOLDS_UNPUBLISHED_COLUMNS)
    blocks_add_up = ~figures["table_name"].isin(TOTAL_HOLDS_UNPUBLISHED_BLOCKS)
    months = figures[~is_year].assign(reference_month=pd.Series(pd.NaT, index=figures.index))
    blocks = _as_parts_of_the_total_block(figures[in_block & blocks_add_up])
    return pd.concat(
        [
            _compare("months_to_fiscal_year", ["block", "column"], months, figures[is_year]),
            _compare(
                "columns_to_total", ["block"], figures[is_part & columns_add_up], figures[is_total]
            ),
            _compare("blocks_to_total", ["column"], blocks, figures[in_total_block]),
        ],
        ignore_index=True,
    )


def _figures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """All tables in one frame; ``is_gap``: a figure that is missing and not 'not applicable'."""
    columns = ["fiscal_year", "sheet", "block_code", "column_code", "reference_month", "value"]
    figures = pd.concat(
        [
            frame[[*columns, "null_reason"]].assign(table_name=name)
            for name, frame in tables.items()
        ],
        ignore_index=True,
    )
    figures["block"] = figures["block_code"].fillna("")
    figures["is_gap"] = figures["null_reason"].notna() & figures["null_reason"].ne("X")
    return figures.rename(columns={"column_code": "column"})


def _as_parts_of_the_total_block(blocks: pd.DataFrame) -> pd.DataFrame:
    """Figures of the blocks under the column of the total block that they add up to."""
    renamed = blocks["table_name"].map(BLOCK_TOTALS_ADD_UP_TO)
    is_renamed = renamed.notna()
    kept = blocks[~is_renamed | blocks["column"].isin(TOTAL_CODES)]
    return kept.assign(column=kept["column"].where(~is_renamed, renamed))


def _compare(
    footing: str, within: list[str], parts: pd.DataFrame, totals: pd.DataFrame
) -> pd.DataFrame:
    """Sums of parts beside the totals published with them, in FOOTING_COLUMNS."""
    keys = ["table_name", "sheet", "fiscal_year", "reference_month", *within]
    groups = parts.groupby(keys, dropna=False)
    sums = groups["value"].sum(min_count=1).rename("parts").reset_index()
    sums["has_gap"] = groups["is_gap"].any().to_numpy()
    both = totals.merge(sums, on=keys).rename(columns={"value": "published_total"})
    both = both[~both["has_gap"] & both["parts"].notna() & both["published_total"].notna()]
    fiscal_year = "FY" + both["fiscal_year"].astype("str")
    month = both["reference_month"].dt.strftime("%Y-%m")
    place = both["sheet"] + ", " + month.fillna(fiscal_year)
    for name in within:
        place = place + ", " + both[name].where(both[name].ne(""), "all")
    return both.assign(footing=footing, place=place)[FOOTING_COLUMNS]


SERIES = Series(
    name="ohss_monthly_tables",
    agency="OHSS",
    title="Immigration Enforcement and Legal Processes Monthly Tables",
    description=(
        "Encounters, book-outs from CBP custody by outcome, ICE book-ins and book-outs, removals, "
        "returns and credible fear by month since FY2014, rounded to ten. Every workbook restates "
        "all of history. Book-outs stand by month of encounter."
    ),
    kind="xlsx",
    landing_pages=(
        "https://ohss.dhs.gov/topics/immigration/immigration-enforcement/monthly-tables",
    ),
    link_pattern=re.compile(
        r".*/[^/]*immigration-enforcement-and-legal-processes[^/]*tables[^/]*\.xlsx$",
        re.IGNORECASE,
    ),
    tables=tuple(
        Table(name, "ohss_monthly_tables", COLUMNS, is_main=name in MAIN_TABLES)
        for name in (*(table.name for table in listed_tables()), NEW_SHEETS)
    ),
    read=read_ohss_workbook,
    footings=footings,
    # a name says only what the tables cover
    publication_month=folder_month,
    usual_lag_days=110,
    late_after_days=200,
    hosts=frozenset({"ohss.dhs.gov"}),
)
