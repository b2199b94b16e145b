"""Rules on ICE's detention workbooks. In all 94 held, every table foots to the last person."""

from dataclasses import replace

from expectations.rule import Rule, Suite
from expectations.suites import figures

_COUNT_TABLES = (
    "ice_initial_book_ins",
    "ice_final_book_outs",
    "ice_currently_detained",
    "ice_book_ins_by_facility_type",
)
_NEVER_EMPTY = (
    *_COUNT_TABLES,
    "ice_removals",
    "ice_average_daily_population",
    "ice_facilities",
)
#: Populations are averages, and shares are shares: fractions are as published.
_AVERAGES = tuple(rule for rule in figures.COUNTS if rule is not figures.WHOLE)

_PEOPLE_ARE_WHOLE = replace(figures.WHOLE, only={"unit": ("people",)})
_SHARE = Rule(
    "share_beyond_the_whole",
    "critical",
    "a share of the people in detention lies between none and all of them",
    "ExpectColumnValuesToBeBetween",
    {"column": "value", "min_value": 0, "max_value": 1},
    only={"unit": ("share",)},
)
_TOTAL_HAS_FIGURE = Rule(
    "total_without_figure",
    "critical",
    "totals are formulas, and all 94 workbooks were saved with their values; without one the "
    "figures have nothing to be checked against",
    "ExpectColumnValuesToNotBeNull",
    {"column": "grand_total"},
)
_CELLS_HAVE_A_PLACE = Rule(
    "missing_place",
    "critical",
    "what is kept cell by cell can be found again only by its place",
    "ExpectColumnValuesToNotBeNull",
    {"column": "source_place"},
)
_NUMBER_OF_FACILITIES = Rule(
    "number_of_facilities",
    "critical",
    "between 105 and 225 facilities stand in every workbook but one, which lists the 1,882 that "
    "ICE ever knew, most of them empty (FY21-detentionstats of 2021-01-13)",
    "ExpectColumnValuesToBeBetween",
    {"column": "rows", "min_value": 50, "max_value": 600},
    only={"table_name": ("ice_facilities",)},
)
_FAMILIES_ARE_FEWER = Rule(
    "family_exceeds_adult",
    "warning",
    "families were never more than 22 for 100 adults; where they are more than the adults, the "
    "labels Adult and FRC are swapped (FY20-detentionstats of 2021-01-14, "
    "FY21_detentionStats060921): kept as published, for the corrections to put right",
    "ExpectColumnValuesToBeBetween",
    {"column": "times_the_adults", "max_value": 1},
)

SUITE = Suite(
    "ice_detention_statistics",
    every_table=(*figures.COUNTS,),
    values={
        "ice_initial_book_ins": (
            *figures.COUNTS,
            _TOTAL_HAS_FIGURE,
            figures.MONTH_NOT_FAR_ABOVE,
            *figures.key_rules(("arresting_agency_label",), codes=("arresting_agency",)),
        ),
        "ice_final_book_outs": (
            *figures.COUNTS,
            _TOTAL_HAS_FIGURE,
            figures.MONTH_NOT_FAR_ABOVE,
            *figures.key_rules(("release_reason_label",), codes=("release_reason", "criminality")),
        ),
        "ice_removals": (
            *figures.COUNTS,
            _TOTAL_HAS_FIGURE,
            *figures.key_rules(("removal_label",), codes=("removal_kind",)),
        ),
        "ice_currently_detained": (
            *_AVERAGES,
            _TOTAL_HAS_FIGURE,
            _PEOPLE_ARE_WHOLE,
            _SHARE,
            *figures.key_rules(
                ("criminality_label", "arresting_agency_label", "unit"),
                codes=("criminality", "arresting_agency", "unit"),
            ),
        ),
        "ice_average_daily_population": (
            *_AVERAGES,
            _TOTAL_HAS_FIGURE,
            *figures.key_rules(
                ("arresting_agency_label",), codes=("arresting_agency", "criminality")
            ),
        ),
        "ice_book_ins_by_facility_type": (
            *figures.COUNTS,
            _TOTAL_HAS_FIGURE,
            _FAMILIES_ARE_FEWER,
            *figures.key_rules(
                ("facility_type_label", "criminality_label"),
                codes=("facility_type", "criminality"),
            ),
        ),
        "ice_facilities": (
            *_AVERAGES,
            *figures.key_rules(("name",), nullable=("address", "city", "state", "zip")),
        ),
        "ice_other_tables": (_CELLS_HAVE_A_PLACE,),
    },
    footings=(
        figures.foots(
            "total_does_not_foot",
            "critical",
            0,
            "counts foot to the last person in all 94 workbooks held; where they do not, a cell "
            "was misread or the agency changed what a row means",
            tables=_COUNT_TABLES,
        ),
        figures.foots(
            "average_does_not_foot",
            "critical",
            0.01,
            "populations are averages to five digits, and foot to the last digit or two in all 94 "
            "workbooks held",
            tables=("ice_average_daily_population",),
        ),
    ),
    profile=(
        *figures.PROFILE,
        figures.not_all_zero(_NEVER_EMPTY, "people were in detention on every day since FY2019"),
        _NUMBER_OF_FACILITIES,
    ),
)
