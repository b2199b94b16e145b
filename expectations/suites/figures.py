"""Rules that hold for the figures of every series.

What one agency does stands in its suite.
"""

from collections.abc import Sequence

from expectations.rule import Rule, Severity

NOT_NEGATIVE = Rule(
    "negative_value",
    "critical",
    "a count of people or events, or a population, cannot be below zero",
    "ExpectColumnValuesToBeBetween",
    {"column": "value", "min_value": 0},
)
WHOLE = Rule(
    "fractional_count",
    "critical",
    "people and events are counted in whole numbers; a fraction is another unit or a lost digit "
    "group (8.470 for 8,470)",
    "ExpectColumnValuesToBeBetween",
    {"column": "fraction", "max_value": 0},
)
NULL_HAS_REASON = Rule(
    "null_without_reason",
    "critical",
    "a missing count keeps the reason why it is missing, or it would read as 'nothing happened'",
    "ExpectColumnValuesToNotBeNull",
    {"column": "value_or_reason"},
)
MONTH_IN_FISCAL_YEAR = Rule(
    "month_outside_fiscal_year",
    "critical",
    "a month from October to September lies in the fiscal year named for the year it ends in; "
    "another month means that the year of the whole table was misread",
    "ExpectColumnValuesToBeBetween",
    {"column": "month_of_fiscal_year", "min_value": 1, "max_value": 12},
)
NOT_AFTER_CAPTURE = Rule(
    "figure_after_capture",
    "critical",
    "a figure cannot be about a month after the day on which it was captured: the year is wrong",
    "ExpectColumnValuesToBeBetween",
    {"column": "months_after_capture", "max_value": 0},
)
COUNT_IS_READABLE = Rule(
    "count_unreadable",
    "critical",
    "every row of every file held has a count; without one the sum of its month is too low, and "
    "the file publishes no total that would show it",
    "ExpectColumnValuesToNotBeInSet",
    {"column": "null_reason", "value_set": ["blank", "unreadable"]},
)
COUNT_IS_PUBLISHED = Rule(
    "count_withheld",
    "warning",
    "the agency says that it publishes no count here (X, NA, -): every sum that it belongs to is "
    "too low by it",
    "ExpectColumnValuesToNotBeInSet",
    {"column": "null_reason", "value_set": ["X", "NA", "-", "redacted"]},
)
MONTH_NOT_FAR_ABOVE = Rule(
    "month_far_above_the_one_before",
    "critical",
    "no month was more than 2.6 times the one before (USBP, January 2000): five times as many is "
    "another unit, or rows that stand there again",
    "ExpectColumnValuesToBeBetween",
    {"column": "times_the_month_before", "max_value": 5},
)
MONTH_NOT_EMPTY = Rule(
    "month_all_zero",
    "critical",
    "in no month since 1999 was there nobody: a month of zeros was not filled in yet",
    "ExpectColumnValuesToBeBetween",
    {"column": "times_the_month_before", "min_value": 0, "strict_min": True},
)
MONTH_NOT_FAR_BELOW = Rule(
    "month_far_below_the_one_before",
    "warning",
    "the steepest fall of a whole month was to a third (February 2025); to a tenth looks like a "
    "month that is not complete, but policy can do it",
    "ExpectColumnValuesToBeBetween",
    {"column": "times_the_month_before", "min_value": 0.1},
)
LABEL_IS_KNOWN = Rule(
    "new_label",
    "warning",
    "a label that stands in no code list is loaded as itself, so that nothing published is lost; "
    "a person decides what it means",
    "ExpectColumnValuesToBeInSet",
    {"column": "is_new_label", "value_set": [False]},
)
COVERAGE_IS_STATED = Rule(
    "coverage_inferred",
    "warning",
    "the publication does not say through which day its figures run, so the last month with "
    "figures tells; the figures themselves are not in doubt",
    "ExpectColumnValuesToBeInSet",
    {"column": "coverage_basis", "value_set": ["stated"]},
)
COVERAGE_NOT_AFTER_CAPTURE = Rule(
    "coverage_after_capture",
    "critical",
    "figures cannot run past the day of capture, and a coverage end too late would put this "
    "vintage before better ones",
    "ExpectColumnValuesToBeBetween",
    {"column": "days_covered_after_capture", "max_value": 0},
)
NEAR_THE_VINTAGE_BEFORE = Rule(
    "jump_from_vintage_before",
    "warning",
    "a total ten times that of the vintage before, or a tenth of it, is a change of unit or of "
    "definition; only a warning, because it depends on which other vintages are loaded, and "
    "because early in a fiscal year totals grow fast",
    "ExpectColumnValuesToBeBetween",
    {"column": "times_the_total_before", "min_value": 0.1, "max_value": 10},
)
#: Rules on the rows of any table of counts. Keys are the series' own: see ``key_rules``.
COUNTS = (
    NOT_NEGATIVE, WHOLE, NULL_HAS_REASON, MONTH_IN_FISCAL_YEAR, NOT_AFTER_CAPTURE, LABEL_IS_KNOWN,
)  # fmt: skip
#: Rules on encounters: each month is whole, each row has its count, no total stands beside them.
ENCOUNTERS = (
    *COUNTS, COUNT_IS_READABLE, COUNT_IS_PUBLISHED, MONTH_NOT_FAR_ABOVE, MONTH_NOT_EMPTY,
    MONTH_NOT_FAR_BELOW,
)  # fmt: skip
#: Rules on the profile of any table.
PROFILE = (COVERAGE_IS_STATED, COVERAGE_NOT_AFTER_CAPTURE, NEAR_THE_VINTAGE_BEFORE)


def key_rules(
    labels: Sequence[str],
    nullable: Sequence[str] = (),
    also: Sequence[str] = (),
    codes: Sequence[str] = (),
) -> tuple[Rule, ...]:
    """Labels are there, and no row stands twice within vintage, table, labels, year and month.

    ``nullable``: labels that are blank on totals; ``also``: further columns of the key; ``codes``:
    the codes of the labels, to stand in the key for them where the marts keep rows by code. Two
    labels of one code would fail there, and with them the figures of every series.
    """
    present = tuple(
        Rule(
            "missing_label",
            "critical",
            "a row without its label is counted nowhere, or taken for a total",
            "ExpectColumnValuesToNotBeNull",
            {"column": column},
        )
        for column in ("fiscal_year", *labels)
    )
    names = codes or (*labels, *nullable)
    key = ["vintage_id", "table_name", *names, *also, "fiscal_year", "reference_month"]
    unique = Rule(
        "duplicate_row",
        "critical",
        "the same labels twice for one month, or two labels of one code, would be counted twice"
        if codes
        else "the same labels twice for one month would be counted twice",
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": key, "ignore_row_if": "never"},
    )
    return (*present, unique)


def not_all_zero(tables: Sequence[str], reason: str) -> Rule:
    """Not every figure of these tables is zero or missing."""
    return Rule(
        "all_zero",
        "critical",
        reason,
        "ExpectColumnValuesToBeBetween",
        {"column": "total", "min_value": 0, "strict_min": True},
        only={"table_name": tuple(tables)},
    )


def mean_per_month(most: float, reason: str) -> Rule:
    """The average month of a table is not beyond anything that can be true."""
    return Rule(
        "implausible_total",
        "critical",
        reason,
        "ExpectColumnValuesToBeBetween",
        {"column": "mean_per_month", "max_value": most},
    )


def foots(
    name: str,
    severity: Severity,
    tolerance: float,
    reason: str,
    *,
    tables: Sequence[str] = (),
    footings: Sequence[str] = (),
) -> Rule:
    """Published parts add up to the total published with them, within ``tolerance``."""
    only = {"table_name": tuple(tables), "footing": tuple(footings)}
    return Rule(
        name,
        severity,
        reason,
        "ExpectColumnValuesToBeBetween",
        {"column": "difference", "max_value": tolerance},
        only={column: names for column, names in only.items() if names},
    )
