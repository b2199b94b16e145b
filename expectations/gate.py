"""The gate: Great Expectations judges the tables of publications before they may count.

``judge`` sees three frames per series and gives one verdict per rule and failing vintage. Which
rules there are stands in ``expectations.suites``; what a verdict leads to, in the loader. Great
Expectations takes 4 seconds to import, so it is imported where a load has something to judge.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache, reduce
from itertools import count
from operator import and_
from types import ModuleType
from typing import TYPE_CHECKING, Any

from expectations.rule import CheckResult, Rule, Suite
from expectations.suites import suite_of
from orchestration.big_imports import imports_that_stay, when_used

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

#: Failing rows that a verdict carries as a sample.
SAMPLE_ROWS = 10

#: Columns that every frame can have and that are no help in finding a failing row.
_NOT_IN_SAMPLE = {"month_grouping", "null_reason", "is_new_label", "other_columns", "captured_on"}


class GateError(Exception):
    """A rule that could not be judged, which is neither a pass nor a failure of the figures."""

    def __init__(self, rule: Rule, answer: object) -> None:
        super().__init__(
            f"rule {rule.name} ({rule.expectation} {dict(rule.arguments)}): found no verdict in "
            f"the answer of Great Expectations ({answer}); expected success, or rows that fail. "
            "Mend the rule; nothing was loaded."
        )


# --- columns that rules may name and that the frames do not carry ----------------------------


def _months(moments: pd.Series) -> pd.Series:
    """Dates as a count of months, NaN where there is none."""
    if isinstance(moments.dtype, pd.CategoricalDtype):
        # of the few categories, not row by row as to_datetime would take them: a second per million
        moments = moments.astype(moments.cat.categories.dtype)
    dates = pd.to_datetime(moments)
    return dates.dt.year * 12 + dates.dt.month


def _fraction(frame: pd.DataFrame) -> pd.Series:
    return frame["value"].abs() % 1


def _month_of_fiscal_year(frame: pd.DataFrame) -> pd.Series:
    """1 for October to 12 for September; outside 1 to 12 the month is not of the row's year."""
    return _months(frame["reference_month"]) - (frame["fiscal_year"].astype("float") - 1) * 12 - 9


def _months_after_capture(frame: pd.DataFrame) -> pd.Series:
    """Months from the capture to a non-zero figure: above 0 the figure is about the future."""
    after = _months(frame["reference_month"]) - _months(frame["captured_on"])
    return after.where(frame["value"].fillna(0) != 0)


def _times_the_month_before(frame: pd.DataFrame) -> pd.Series:
    """The month's total in this vintage and table against that of the month before it."""
    keys = ["vintage_id", "table_name", "month"]
    rows = frame[["vintage_id", "table_name", "value"]].assign(
        month=_months(frame["reference_month"])
    )
    totals = rows.groupby(keys, observed=True)["value"].sum().rename("total").reset_index()
    before = totals.assign(month=totals["month"] + 1).rename(columns={"total": "before"})
    both = totals.merge(before, on=keys, how="left")
    times = both.assign(times=both["total"] / both["before"].where(both["before"] > 0))
    return rows.merge(times, on=keys, how="left")["times"].set_axis(frame.index)


def _times_the_adults(frame: pd.DataFrame) -> pd.Series:
    """Families against adults of the same vintage and criminality; NaN on all other rows."""
    keys = ["vintage_id", "criminality_label"]
    adults = frame[frame["facility_type"] == "adult"].rename(columns={"value": "adults"})
    adults = adults[[*keys, "adults"]].drop_duplicates(keys)
    both = frame[[*keys, "facility_type", "value"]].merge(adults, on=keys, how="left")
    times = both["value"] / both["adults"].where(both["adults"] > 0)
    is_family = both["facility_type"].str.startswith("family", na=False)
    return times.where(is_family).set_axis(frame.index)


def _grand_total(frame: pd.DataFrame) -> pd.Series:
    """The figure on rows that hold a total of everything in an ICE table, 0 on all others.

    Their criminality is NULL, and every other code 'total'.
    """
    is_total = pd.Series(True, index=frame.index)
    for column in ("arresting_agency", "facility_type", "release_reason", "removal_kind"):
        if column in frame:
            is_total &= frame[column].str.casefold() == "total"
    if "criminality" in frame:
        is_total &= frame["criminality"].isna()
    return frame["value"].where(is_total, 0)


def _difference(footings: pd.DataFrame) -> pd.Series:
    return (footings["parts"].astype("float") - footings["published_total"].astype("float")).abs()


def _times_the_total_before(profile: pd.DataFrame) -> pd.Series:
    before = profile["previous_total"].astype("float")
    return profile["total"].astype("float") / before.where(before > 0)


def _days_covered_after_capture(profile: pd.DataFrame) -> pd.Series:
    return (
        pd.to_datetime(profile["coverage_end"]) - pd.to_datetime(profile["captured_on"])
    ).dt.days


def _value_or_reason(frame: pd.DataFrame) -> pd.Series:
    """The value, 0 where a reason stands in its place, NULL where neither stands."""
    return frame["value"].where(frame["value"].notna() | frame["null_reason"].isna(), 0)


#: What each derived column is made of; a rule that names one has it made.
DERIVED: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "fraction": _fraction,
    "month_of_fiscal_year": _month_of_fiscal_year,
    "months_after_capture": _months_after_capture,
    "times_the_month_before": _times_the_month_before,
    "times_the_adults": _times_the_adults,
    "grand_total": _grand_total,
    "difference": _difference,
    "times_the_total_before": _times_the_total_before,
    "value_or_reason": _value_or_reason,
    "rest_of_ten": lambda frame: frame["value"] % 10,
    "mean_per_month": lambda profile: profile["total"] / profile["months"].clip(lower=1),
    "days_covered_after_capture": _days_covered_after_capture,
}


def _with_derived_columns(frame: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    named = {rule.arguments.get("column") for rule in rules}
    return frame.assign(
        **{name: derive(frame) for name, derive in DERIVED.items() if name in named}
    )


# --- one call of Great Expectations ----------------------------------------------------------


@cache
def import_great_expectations() -> ModuleType:
    """The library, silent: no telemetry, no progress bars, no log lines below an error."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with imports_that_stay():
        import great_expectations  # noqa: PLC0415

    return great_expectations


def _expectation(rule: Rule, position: int) -> object:
    from great_expectations import expectations  # noqa: PLC0415
    from great_expectations.expectations.row_conditions import Column  # noqa: PLC0415

    arguments = dict(rule.arguments) | {"meta": {"position": position}}
    conditions = [Column(column).is_in(list(values)) for column, values in rule.only.items()]
    if conditions:
        arguments["row_condition"] = reduce(and_, conditions)
    return getattr(expectations, rule.expectation)(**arguments)


@cache
def _whole_frames() -> Any:  # noqa: ANN401
    context = import_great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("publications")
    return source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("load")


def _failing_rows(
    frame: pd.DataFrame, rules: Sequence[Rule], index_columns: Sequence[str]
) -> list[list[dict[str, Any]]]:
    """For each rule its failing rows as dictionaries of the index columns. One call, all rules."""
    batch = _whole_frames().get_batch({"dataframe": frame})
    suite = import_great_expectations().ExpectationSuite(
        "rules", expectations=[_expectation(*rule) for rule in zip(rules, count())]
    )
    outcome = batch.validate(
        suite,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": list(index_columns),
            "partial_unexpected_count": SAMPLE_ROWS,
            "include_unexpected_rows": False,
        },
    )
    failing: dict[int, list[dict[str, Any]]] = {}
    for verdict in outcome.results:  # not in the order of the rules where some have a condition
        position = verdict.expectation_config["meta"]["position"]
        failing[position] = list(verdict.result.get("unexpected_index_list") or [])
        if bool(verdict.success) == bool(failing[position]):
            raise GateError(rules[position], verdict.exception_info)
    return [failing[position] for position in range(len(rules))]


# --- verdicts --------------------------------------------------------------------------------


def _plain(value: object) -> object:
    """A cell as JSON can carry it; NaN and NaT become None."""
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124
        return None
    if isinstance(value, pd.Timestamp):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _sample(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            str(column): plain
            for column, value in row.items()
            if column not in {"vintage_id", "table_name"} and (plain := _plain(value)) is not None
        }
        for row in rows[:SAMPLE_ROWS]
    ]


def _verdicts(
    series: str, frame: pd.DataFrame, rules: Sequence[Rule], index_columns: Sequence[str]
) -> list[CheckResult]:
    """Verdicts on a frame that holds ``table_name``: one row per rule and table that passed, or
    one per failing vintage. Rules of one name (a rule on several columns) give one verdict."""
    judged_tables = list(dict.fromkeys(frame["table_name"]))
    failing: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    by_name = {rule.name: rule for rule in rules}
    tables_of: dict[str, list[str]] = {}
    for rule, rows in zip(rules, _failing_rows(frame, rules, index_columns), strict=True):
        only = rule.only.get("table_name", judged_tables)
        tables_of[rule.name] = [table for table in judged_tables if table in only]
        for row in rows:
            vintages = failing.setdefault((rule.name, str(row["table_name"])), {})
            vintages.setdefault(str(row["vintage_id"]), []).append(row)
    verdicts = []
    for name, rule in by_name.items():
        for table in tables_of[name]:
            common = (name, rule.severity, rule.reason)
            for vintage_id, its_rows in failing.get((name, table), {}).items():
                verdicts.append(
                    CheckResult(
                        series,
                        table,
                        vintage_id,
                        *common,
                        False,
                        len(its_rows),
                        sample=_sample(its_rows),
                    )
                )
            if (name, table) not in failing:
                verdicts.append(CheckResult(series, table, None, *common, True))
    return verdicts


def _index_columns(frame: pd.DataFrame) -> list[str]:
    """vintage_id and table_name first (they name what failed), then what finds the row."""
    first = ["vintage_id", "table_name"]
    rest = [c for c in frame.columns if c not in {*first, *_NOT_IN_SAMPLE} and c not in DERIVED]
    return [*first, *rest]


def judge(
    series_name: str,
    values: Mapping[str, pd.DataFrame],
    footings: pd.DataFrame,
    profile: pd.DataFrame,
) -> list[CheckResult]:
    """Judge all vintages of one load of a series together.

    ``values``: logical table -> long rows with ``vintage_id``; texts may be categories, which take
    a tenth of the memory (a derived column may then not fill in a text of its own).
    ``footings``: FOOTING_COLUMNS with ``vintage_id``. ``profile``: one row per (vintage_id,
    table_name) with rows, null_values, new_labels, months, coverage_start/_end/_basis, captured_on,
    total, previous_total, fiscal_year.
    A verdict that names a vintage failed; one without a vintage says that all passed.
    """
    suite = suite_of(series_name)
    verdicts: list[CheckResult] = []
    captured = (
        dict(zip(profile["vintage_id"], pd.to_datetime(profile["captured_on"]), strict=True))
        if len(profile)
        else {}
    )
    for tables in _tables_with_equal_rules(values, suite):
        rules = suite.value_rules(tables[0])
        frame = _stacked({table: values[table] for table in tables})
        frame["captured_on"] = frame["vintage_id"].map(captured)
        frame = _with_derived_columns(frame, rules)
        verdicts += _verdicts(series_name, frame, rules, _index_columns(frame))
    for published, rules in ((footings, suite.footings), (profile, suite.profile)):
        if len(published) and rules:
            frame = _with_derived_columns(published, rules)
            verdicts += _verdicts(series_name, frame, rules, _index_columns(frame))
    return verdicts


def _tables_with_equal_rules(values: Mapping[str, pd.DataFrame], suite: Suite) -> list[list[str]]:
    """Tables that one call can judge: equal rules on equal columns."""
    groups: dict[str, list[str]] = {}
    for table, frame in values.items():
        groups.setdefault(repr((suite.value_rules(table), list(frame.columns))), []).append(table)
    return list(groups.values())


def _stacked(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Frames of equal columns as one, with ``table_name``.

    Categories stay categories: ``pd.concat`` would write them out, at ten times the memory.
    """
    first, *more = frames.values()
    tables = pd.Index(list(frames), dtype="str")
    codes = [code for code, frame in enumerate(frames.values()) for _ in range(len(frame))]
    columns: dict[str, Any] = {name: first[name] for name in first.columns}
    if more:
        columns = {name: _joined([frame[name] for frame in frames.values()]) for name in columns}
    return pd.DataFrame(columns).assign(table_name=pd.Categorical.from_codes(codes, tables))


def _joined(parts: Sequence[pd.Series]) -> pd.Series | pd.Categorical:
    if not all(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
        return pd.concat(parts, ignore_index=True)
    texts: list[Any] = []
    for part in parts:
        # the categories of a column that is NULL throughout are of no type
        categories: Any = part.cat.categories.astype("str")
        texts.append(part.cat.rename_categories(categories))
    return pd.api.types.union_categoricals(texts)
