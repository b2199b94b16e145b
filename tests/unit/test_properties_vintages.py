"""Whatever the order in which vintages arrive, and however they are split into runs, the ledger and
the raw tables end the same; dbt makes the marts of these two alone, all anew, so they do too.

The rules of the gate see nothing but a vintage itself (tests/unit/test_gate_rules.py); a small rule
stands in for them here, since Great Expectations takes a second a load.
"""

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.rule import CheckResult
from orchestration.warehouse import load as loading
from orchestration.warehouse.ledger import ledger_fingerprint
from orchestration.warehouse.load import load
from tests.properties import examples
from tests.unit import fake_series as fake

DAYS = [f"2021-{month:02}-{day}" for month in (2, 3, 4) for day in (10, 28)]


def no_negative_count(series, frames, footings, profile) -> list[CheckResult]:
    """Stands in for the gate: the tables with a count below zero."""
    return [
        CheckResult(
            series, name, vintage_id, "negative_value", "critical", "below zero", passed=False,
            failing_count=int((rows["value"] < 0).sum()), engine="gate",
        )
        for name, frame in frames.items()
        for vintage_id, rows in frame.groupby("vintage_id", observed=True)
        if (rows["value"] < 0).any()
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def quick_gate(monkeypatch):
    monkeypatch.setattr(loading, "judge", no_negative_count)


VINTAGE = st.fixed_dictionaries(
    {
        "through": st.sampled_from(["2021-01-31", "2021-02-28"]),
        # few figures, so that equal content and quarantined content come up
        "count": st.sampled_from([7.0, 8.0, -1.0]),
        "captured_at": st.none() | st.sampled_from(DAYS).map(lambda day: f"{day}T00:00:00+00:00"),
        "is_readable": st.sampled_from([True, True, True, False]),
    }
)


def archived(number: int, vintage):
    content = fake.publication(
        ("A", "2021-01-01", vintage["count"]), ("B", "2021-01-01", 3.0), through=vintage["through"]
    )
    return fake.archived(
        f"v{number}",
        content if vintage["is_readable"] else b"no JSON",
        captured_at=vintage["captured_at"],
        captured_precision=vintage["captured_at"] and "day",
        published_name=f"publication-{number}.json",
    )


def after_runs(runs: Sequence[Sequence[tuple]]) -> dict[str, object]:
    """What stands after each run has loaded its vintages."""
    with duckdb.connect() as connection:
        for number, vintages in enumerate(runs):
            load(connection, fake.SERIES, vintages, f"run-{number}")
        queries = {
            "vintages": "select * exclude loaded_at from ledger.vintages order by vintage_id",
            "tables": "select * from ledger.vintage_tables order by vintage_id, table_name",
            "accepted": "select * from ledger.accepted_tables order by all",
            "arrivals": "select * from raw.fake_arrivals order by all",
            "camps": "select * from raw.fake_camps order by all",
            "current": """
                select reference_month, place_label, value from raw.fake_arrivals as raw
                inner join ledger.accepted_tables using (vintage_id, table_name)
                qualify dense_rank() over (
                    partition by reference_month
                    order by coverage_end desc, known_on desc, vintage_id
                ) = 1 order by all""",
        }
        found = {name: connection.execute(sql).fetchall() for name, sql in queries.items()}
        return found | {"fingerprint": ledger_fingerprint(connection)}


@examples(12)
@given(data=st.data(), vintages=st.lists(VINTAGE, min_size=2, max_size=5))
def test_vintages_in_any_order_and_any_runs_end_in_the_same_figures(data, vintages):
    all_at_once = [archived(number, vintage) for number, vintage in enumerate(vintages)]
    left = data.draw(st.permutations(all_at_once))
    runs = []
    while left:
        many = data.draw(st.integers(1, len(left)))
        runs.append(left[:many])
        left = left[many:]
    assert after_runs(runs) == after_runs([all_at_once])
