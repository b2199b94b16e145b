"""How each series stands: what is held, how old it is, and when silence calls for a look."""

import re
from datetime import date

import pandas as pd
import pytest

from orchestration.read.reading import Reading
from orchestration.series.series import FOOTING_COLUMNS, Series
from orchestration.settings import Settings
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import NothingPublishedError
from orchestration.warehouse.status import series_status
from tests.build_file import add_vintage, make_build

TODAY = date(2026, 7, 31)
LATE_AFTER = 45


def a_series(name, frozen=False, perhaps_ended_after_days=None) -> Series:
    return Series(
        name=name,
        agency=name.partition("_")[0].upper(),
        title="",
        description="",
        kind="csv",
        landing_pages=(),
        link_pattern=re.compile("x"),
        tables=(),
        read=lambda _: Reading({}, {}, ()),
        footings=lambda _: pd.DataFrame(columns=FOOTING_COLUMNS),
        publication_month=lambda _: None,
        usual_lag_days=15,
        late_after_days=LATE_AFTER,
        perhaps_ended_after_days=perhaps_ended_after_days,
        frozen=frozen,
    )


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path)
    make_build(settings)
    return settings


def status_of(settings, name, source_mode="live", **facts):
    publish(settings, source_mode, "run-1", "accepted-1")
    (status,) = series_status(settings, {name: a_series(name, **facts)}, TODAY)
    return status


def test_a_series_is_shown_with_its_last_vintage_and_what_is_covered(settings):
    name = "cbp_custody_transfers"
    add_vintage(settings, "1", name, "june.html", date(2026, 6, 20), date(2026, 5, 31))
    add_vintage(settings, "2", name, "july.html", date(2026, 7, 20), date(2026, 6, 30))
    status = status_of(settings, name)
    assert (status.last_vintage, status.coverage_end) == ("july.html", date(2026, 6, 30))
    assert (status.accepted, status.quarantined, status.age_days) == (2, 0, 11)
    assert status.state == "current"
    assert status.agency == "CBP"


def test_a_quarantined_vintage_is_the_last_one_but_covers_nothing(settings):
    name = "ohss_monthly_tables"
    add_vintage(settings, "1", name, "may.xlsx", date(2026, 6, 1), date(2026, 4, 30))
    add_vintage(
        settings, "2", name, "june.xlsx", date(2026, 7, 1), date(2026, 5, 31), "quarantined"
    )
    status = status_of(settings, name)
    assert (status.last_vintage, status.last_vintage_status) == ("june.xlsx", "quarantined")
    assert status.coverage_end == date(2026, 4, 30)
    assert (status.accepted, status.quarantined, status.age_days) == (1, 1, 30)


def test_of_vintages_of_one_day_the_one_that_covers_most_is_the_last(settings):
    # dbt_project/models/meta/_meta.yml says the same of meta.freshness
    name, day = "ohss_monthly_tables", date(2026, 7, 20)
    add_vintage(settings, "c", name, "less.xlsx", day, date(2026, 5, 31))
    add_vintage(settings, "b", name, "more.xlsx", day, date(2026, 6, 30))
    add_vintage(settings, "d", name, "unreadable.xlsx", day, None, "quarantined")
    assert status_of(settings, name).last_vintage == "more.xlsx"


def test_quarantined_tables_are_counted_only_where_the_vintage_was_accepted(settings):
    name = "ice_detention_statistics"
    add_vintage(settings, "1", name, known_on=TODAY, bad_table="ice_facilities")
    add_vintage(settings, "2", name, known_on=TODAY, status="quarantined", bad_table="ice_removals")
    status = status_of(settings, name)
    assert status.quarantined_tables == 1
    assert status.cells()[3:] == ("1", "1 + 1 tables", "0 days", "current")


@pytest.mark.parametrize(
    ("days", "state"), [(LATE_AFTER, "current"), (LATE_AFTER + 1, "late"), (400, "late")]
)
def test_a_series_is_late_after_its_usual_silence(settings, days, state):
    known_on = date.fromordinal(TODAY.toordinal() - days)
    add_vintage(settings, "1", "ohss_monthly_tables", known_on=known_on)
    assert status_of(settings, "ohss_monthly_tables").state == state


@pytest.mark.parametrize(
    ("days", "state"), [(45, "current"), (120, "late"), (121, "no longer published?")]
)
def test_a_long_silence_may_be_the_end_of_a_series_that_may_have_stopped(settings, days, state):
    known_on = date.fromordinal(TODAY.toordinal() - days)
    add_vintage(settings, "1", "ice_detention_statistics", known_on=known_on)
    status = status_of(settings, "ice_detention_statistics", perhaps_ended_after_days=120)
    assert status.state == state


def test_a_frozen_series_is_never_late(settings):
    name = "cbp_border_patrol_history"
    add_vintage(settings, "1", name, known_on=date(2020, 12, 1))
    assert status_of(settings, name, frozen=True).state == "frozen"


def test_the_sample_says_nothing_about_how_late_an_agency_is(settings):
    status = status_of(settings, "cbp_southwest_encounters", source_mode="sample")
    assert status.state == "not judged"
    assert status.age_days == (TODAY - date(2021, 1, 10)).days


def test_a_series_of_which_nothing_is_held_is_listed_all_the_same(settings):
    status = status_of(settings, "cbp_nationwide_encounters_aor")
    assert (status.last_vintage, status.age_days, status.accepted) == (None, None, 0)
    assert status.state == "none held"
    assert status.cells()[1:] == ("-", "-", "0", "0", "-", "none held")


def test_before_the_first_run_the_status_says_what_to_type(tmp_path):
    with pytest.raises(NothingPublishedError, match="border run"):
        series_status(Settings(home=tmp_path / "empty"), {}, TODAY)
