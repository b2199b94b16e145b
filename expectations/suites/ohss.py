"""Rules on the monthly tables of OHSS: rounded to ten, all of history in every workbook."""

from expectations.rule import Rule, Suite
from expectations.suites import figures

MAIN_TABLES = (
    "swb_book_outs_by_agency",
    "swb_book_outs_by_citizenship",
    "swb_book_outs_by_family_status",
)
_ROUNDED = Rule(
    "not_rounded_to_ten",
    "warning",
    "OHSS rounds every figure to ten; one that is not rounded is exact, or was mistyped, and the "
    "tolerance of the footings no longer holds for it",
    "ExpectColumnValuesToBeBetween",
    {"column": "rest_of_ten", "max_value": 0},
)

SUITE = Suite(
    "ohss_monthly_tables",
    every_table=(
        *figures.COUNTS,
        _ROUNDED,
        *figures.key_rules(("sheet", "column_label"), nullable=("block_label",)),
    ),
    footings=(
        figures.foots(
            "total_far_from_parts",
            "critical",
            500,
            "far beyond rounding, and three times the largest slip (MPP of FY2019: 170 more "
            "in the year than in its months, in all three workbooks held): figures were misread",
        ),
        figures.foots(
            "total_does_not_foot",
            "warning",
            65,
            "figures are rounded to ten one by one, so twelve months or blocks may miss their "
            "total by 5 x (12 + 1); more is the agency's slip, which does not spoil the months",
            footings=("months_to_fiscal_year", "blocks_to_total"),
        ),
        figures.foots(
            "columns_do_not_foot",
            "warning",
            130,
            "figures are rounded to ten one by one, so the 24 field offices of the widest table "
            "may miss their total by 5 x (24 + 1); more is a slip of the agency's",
            footings=("columns_to_total",),
        ),
    ),
    profile=(
        *figures.PROFILE,
        figures.not_all_zero(MAIN_TABLES, "book-outs have happened in every month since FY2014"),
    ),
)
