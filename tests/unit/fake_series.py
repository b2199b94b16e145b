"""A small series that agencies do not publish: JSON in, two tables out, with rules of its own."""

import json
import re
from datetime import date

import pandas as pd

from expectations.rule import Suite
from expectations.suites import figures
from orchestration.read.reading import (
    Coverage,
    Document,
    Finding,
    Reading,
    Table,
    raw_columns,
)
from orchestration.series.series import FOOTING_COLUMNS, Series

ARRIVALS = Table("arrivals", "fake_arrivals", raw_columns(place_label="VARCHAR"), is_main=True)
CAMPS = Table("camps", "fake_camps", raw_columns(place_label="VARCHAR"))

SUITE = Suite(
    "fake",
    every_table=(*figures.COUNTS, *figures.key_rules(("place_label",))),
    footings=(figures.foots("total_does_not_foot", "critical", 0, "it always footed"),),
    profile=(*figures.PROFILE, figures.not_all_zero(("arrivals",), "somebody always arrives")),
)


def publication(*rows, camps=(("Camp A", "2021-01-01", 5.0),), through="2021-02-28", **more):
    """The bytes of a fake publication; rows are (label, month or None, value)."""
    content = {"arrivals": rows, "camps": camps, "through": through} | more
    return json.dumps(content).encode()


def read(document: Document) -> Reading:
    try:
        published = json.loads(document.content)
    except ValueError:
        raise document.error("whole file", "no JSON", "JSON", "Fetch it again.") from None
    tables = {}
    for table in (ARRIVALS, CAMPS):
        if published[table.name] is None:
            continue
        frame = pd.DataFrame(published[table.name], columns=["place_label", "month", "value"])
        frame["reference_month"] = pd.to_datetime(frame["month"])
        frame["fiscal_year"] = published.get("fiscal_year", 2021)
        frame["value"] = frame["value"].astype("float64")
        frame["null_reason"] = frame["value"].isna().map({True: "X", False: None})
        frame["published_text"] = None
        frame["is_new_label"] = frame["place_label"].isin(published.get("new", []))
        frame["source_place"] = [f"row {number + 1}" for number in range(len(frame))]
        tables[table.name] = frame[list(table.columns)]
    problems = [
        Finding("header_changed", f"{table.name}: found another header", table.name)
        for table in (ARRIVALS, CAMPS)
        if published[table.name] is None
    ]
    warnings = [
        Finding("new_label", f"{label} is new", "arrivals") for label in published.get("new", [])
    ]
    covered = Coverage(date(2020, 10, 1), date.fromisoformat(published["through"]), "stated")
    return Reading(tables, dict.fromkeys(tables, covered), (2021,), problems, warnings)


def footings(tables) -> pd.DataFrame:
    frame = tables.get("arrivals")
    if frame is None or "Total" not in set(frame["place_label"]):
        return pd.DataFrame(columns=FOOTING_COLUMNS)
    is_total = frame["place_label"] == "Total"
    found = frame[is_total].rename(columns={"value": "published_total"})
    return found.assign(
        table_name="arrivals",
        footing="places_to_total",
        place="all",
        parts=frame.loc[~is_total, "value"].sum(),
    )[FOOTING_COLUMNS]


SERIES = Series(
    name="fake",
    agency="CBP",
    title="Fake",
    description="Fake.",
    kind="csv",
    landing_pages=(),
    link_pattern=re.compile("x"),
    tables=(ARRIVALS, CAMPS),
    read=read,
    footings=footings,
    publication_month=lambda path: None,
    usual_lag_days=10,
    late_after_days=60,
)


def sidecar(vintage_id: str, **more):
    """What the archive knows of a fake publication."""
    return {
        "vintage_id": vintage_id,
        "series": "fake",
        "agency": "CBP",
        "published_name": f"{vintage_id}.json",
        "published_url": None,
        "link_text": "",
        "captured_at": "2021-03-10T00:00:00+00:00",
        "captured_precision": "day",
        "fetched_at": "2026-11-01T00:00:00+00:00",
        "publication_month": None,
        "bytes": 1,
        "source_mode": "folder",
    } | more


def archived(vintage_id: str, content: bytes, **more):
    """A pair as the loader takes it."""
    known = sidecar(vintage_id, **more)
    return known, Document(content, known["published_name"], date(2021, 3, 10))
