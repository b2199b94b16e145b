"""The nouns of judging: Rule, Suite, CheckResult. No rule stands here, no Great Expectations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Rule:
    """One expectation of Great Expectations, with its severity and the reason for both.

    ``expectation`` is a class of ``great_expectations.expectations``, ``arguments`` are its own.
    ``only`` restricts the rule to rows where a column is in a set: ``{"table_name": [...]}``.
    A critical rule may depend on nothing but the vintage itself, so that rebuilding the warehouse
    in any order gives the same verdicts; comparisons with other vintages are warnings.
    """

    name: str
    severity: Severity
    reason: str
    expectation: str
    arguments: Mapping[str, Any]
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """All rules of one series, for the three frames that the gate sees.

    ``every_table``: rules on the long rows of each logical table that ``values`` does not name;
    ``values``: logical table -> its rules instead. ``footings``, ``profile``: rules on those.
    """

    series: str
    every_table: tuple[Rule, ...]
    footings: tuple[Rule, ...]
    profile: tuple[Rule, ...]
    values: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def value_rules(self, table: str) -> tuple[Rule, ...]:
        """The rules on the long rows of a logical table."""
        return self.values.get(table, self.every_table)

    def rules(self) -> list[Rule]:
        """Every rule once by name, in the order in which they stand."""
        every = [rule for rules in (self.every_table, *self.values.values()) for rule in rules]
        return list({rule.name: rule for rule in (*every, *self.footings, *self.profile)}.values())


@dataclass(frozen=True)
class CheckResult:
    """The verdict of one rule on one table, or on one table of one vintage that failed it.

    ``sample`` holds at most ten failing rows: labels, value and the place in the publication.
    ``engine``: 'gx' or, for what a reader found, 'reader'.
    """

    series: str
    table_name: str | None
    vintage_id: str | None
    rule: str
    severity: Severity
    reason: str
    passed: bool
    failing_count: int = 0
    engine: str = "gx"
    sample: list[dict[str, Any]] = field(default_factory=list)
