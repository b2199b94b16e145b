"""Pages, links, ETags and clocks."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from orchestration.acquire import acquire as acquiring
from orchestration.acquire.archive import Archive
from orchestration.mirror.serve import Answer
from tests.fault.agencies import ICE, STATE, ice_url, state_file, state_url

CBP_PAGE = "*/document/stats/nationwide-encounters"
ICE_PAGE = "*/detain/detention-management"


def page_with(*links):
    anchors = "".join(f'<a href="{link}">Detention statistics</a>' for link in links)
    body = f"<html><body>{anchors}</body></html>".encode()
    return lambda good: Answer(200, {"Content-Type": "text/html"}, body)


@pytest.fixture
def on(monkeypatch):
    """Set the clock of this machine."""

    def set_to(moment):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment

        monkeypatch.setattr(acquiring, "datetime", Clock)
        monkeypatch.setattr("orchestration.acquire.archive.datetime", Clock)

    return set_to


@pytest.mark.fault(
    "a landing page redesigned, so that no link is found",
    "an error of its series, never 'nothing new'; other series are taken",
    "the page's title, and to mend link_pattern or landing_pages of the series",
)
def test_a_redesigned_page_is_an_error_of_its_series_and_stops_no_other(agencies):
    newer = agencies.post(ICE, ice_url("FY21_detentionStats12162020.xlsx"), b"PK", "2020-12-20")
    newer = agencies.post(ICE, ice_url("FY21_01082021.xlsx"), state_file("OCT"), "2021-01-10")
    agencies.show("redesigned", CBP_PAGE)
    taken = agencies.acquire()
    (error,) = taken.results[STATE.name].errors
    assert "no link of cbp_nationwide_encounters_state on the page titled 'A new look'" in error
    assert "mend link_pattern or landing_pages" in error
    assert taken.results[ICE.name].found == 3
    assert newer not in agencies.held()


@pytest.mark.fault(
    "a link with ../, an absolute path or a file:// URL, plain or encoded",
    "asked for only where it leads to a path of the series at its host; a name never becomes a "
    "path on this disk, files lie under their sha256",
    "where a link led that was refused",
)
def test_no_name_of_a_link_becomes_a_path_on_this_disk(agencies, tmp_path):
    names = [
        "/doclib/detention/../../../etc/FY21_detentionstats.xlsx",
        "/doclib/detention/FY21_detentionstats%2f..%2f..%2f..%2fpasswd.xlsx",
        "/doclib/detention/..%2f..%2fFY21_detentionstats.xlsx",
        "/doclib/detention/FY21_detentionstats%5c..%5c..%5cpasswd.xlsx",
        "//doclib/detention//etc/FY21_detentionstats.xlsx",
        "file:///doclib/detention/FY21_detentionstats.xlsx",
    ]
    content = (tmp_path / "publications" / "1.xlsx").read_bytes()
    before = set(tmp_path.rglob("*"))
    held = agencies.held()
    agencies.show(page_with(*names), ICE_PAGE)
    agencies.show(lambda good: Answer(200, {}, content + b"\n"), "*FY21*")
    taken = agencies.acquire(ICE)
    new = set(tmp_path.rglob("*")) - before
    (vintage,) = agencies.held() - held
    assert {path.name for path in new if path.is_file()} == {
        vintage, f"{vintage}.json", "sightings.jsonl",
    }  # fmt: skip
    assert all(path.is_relative_to(agencies.settings.archive) for path in new)
    (error,) = taken.errors
    assert "a link to file:///doclib/detention/" in error


@pytest.mark.fault(
    "an ETag that lies: another ETag, the same bytes",
    "downloaded again; one sighting, no vintage, nothing is built",
)
def test_a_new_etag_on_the_same_bytes_is_no_vintage(agencies):
    numbers = itertools.count()

    def new_etag(good):
        return replace(good, headers=good.headers | {"ETag": f'"{next(numbers)}"'})

    before = agencies.held()
    agencies.show(new_etag, "*-state.csv")
    for _ in range(2):
        taken = agencies.take(STATE)
        assert (taken.errors, taken.new, taken.loaded) == ([], [], [])
        assert taken.results[STATE.name].seen == 1
    assert agencies.held() == before


@pytest.mark.fault(
    "other bytes and another ETag under the same URL, the figures as they were",
    "a new vintage, archived and accepted; it is no revision, and no figure changes",
)
def test_bytes_that_change_under_a_url_while_the_figures_stay_are_no_revision(agencies):
    before, figures = agencies.held(), agencies.figures()
    agencies.show("changed", "*-state.csv")

    taken = agencies.take(STATE)

    (new,) = taken.new
    assert agencies.held() == before | {new}
    assert [(it.vintage_id, it.status) for it in taken.loaded] == [(new, "accepted")]
    with duckdb.connect(str(agencies.settings.warehouse), read_only=True) as connection:
        (same,) = connection.execute(
            "select same_content_as from ledger.vintages where vintage_id = ?", [new]
        ).fetchone()
    assert same in before
    assert agencies.figures() == figures
    assert agencies.take(STATE).new == [], "once is enough"


@pytest.mark.fault(
    "an ETag that lies: the same ETag, other bytes",
    "a new vintage where the server sends them; where it says 'not modified', at the first request "
    "after a month, which is made without the ETag",
)
def test_bytes_that_change_under_an_etag_that_stays_are_found(agencies, on):
    (etag,) = [
        it.response_headers["etag"] for it in Archive(agencies.settings.archive).vintages(STATE)
    ]
    agencies.mirror.asked.clear()
    revised = state_file("JAN", {"OCT": "101"})

    def sends_anyway(good):
        return replace(good, headers=good.headers | {"ETag": etag}, body=revised)

    agencies.show(sends_anyway, "*-state.csv", times=1)
    (first,) = agencies.take(STATE).new
    again = state_file("JAN", {"OCT": "102"})
    agencies.mirror.faults.clear()

    def not_modified_if_asked_so(good):
        asked = agencies.mirror.asked[-1].headers
        if "If-None-Match" in asked:
            return Answer(304)
        return replace(good, headers=good.headers | {"ETag": etag}, body=again)

    agencies.show(not_modified_if_asked_so, "*-state.csv")
    assert agencies.acquire(STATE).new == []
    on(datetime.now(UTC) + timedelta(days=31))
    (second,) = agencies.acquire(STATE).new
    assert {first, second} <= agencies.held()
    assert agencies.acquire(STATE).results[STATE.name].unchanged == 1, "believed for a month again"


@pytest.mark.fault(
    "this machine's clock jumps back",
    "nothing is archived under a day before older vintages; all is taken once the clock is right",
    "the clock here and at the server, and to set it",
)
def test_a_clock_that_jumped_back_is_noticed_by_the_servers_date(agencies, on):
    newer = agencies.post(STATE, state_url("FEB"), state_file("FEB"))

    def as_an_agency(good):
        """Without what an archive says: the capture is now. The date is always sent."""
        return replace(good, headers={"ETag": good.headers["ETag"]})

    agencies.show(as_an_agency, "*-feb-state.csv")
    before = agencies.archived()
    on(datetime(2020, 1, 1, tzinfo=UTC))
    errors = agencies.acquire(STATE).errors
    assert len(errors) == 2
    for error in errors:
        assert "this machine's clock at 2020-01-01 00:00 UTC" in error
        assert "Set this machine's clock" in error
    assert agencies.archived() == before
    on(datetime.now(UTC))
    taken = agencies.acquire(STATE)
    assert (taken.errors, taken.new) == ([], [newer])


@pytest.mark.fault(
    "this machine's clock was ahead, and is set right",
    "what was fetched under the wrong time does not keep later changes from being seen",
)
def test_what_a_clock_that_was_ahead_wrote_is_not_the_last_seen_for_ever(agencies, on):
    on(datetime(2099, 1, 1, tzinfo=UTC))
    agencies.acquire()
    agencies.post(STATE, state_url("FEB"), state_file("FEB"))
    agencies.acquire()
    on(datetime.now(UTC))
    revised = state_file("FEB", {"FEB": "101"})
    agencies.show(lambda good: replace(good, body=revised), "*-feb-state.csv")
    (new,) = agencies.acquire(STATE).new
    agencies.acquire(STATE)
    assert Archive(agencies.settings.archive).last_for_url(state_url("FEB")).vintage_id == new


@pytest.mark.fault(
    "a signed link (a key in its query)",
    "asked for as it is, and recorded without the key; another key tomorrow is the same place",
    "messages and logs have no key either",
)
def test_a_key_in_a_link_is_in_no_sidecar_message_or_log(agencies, caplog):
    name = "FY21_detentionStats12162020.xlsx"
    signed = f"{ice_url(name)}?X-Amz-Signature=SECRET{{}}&amp;X-Amz-Date=SECRET&amp;v=2"
    content = b"".join(body for path, body in agencies.archived().items() if body.startswith(b"PK"))
    new = content + b"\n"
    for number in range(2):
        agencies.mirror.faults.clear()
        agencies.show(page_with(signed.format(number)), ICE_PAGE)
        agencies.show(lambda good: Answer(200, {"ETag": '"1"'}, new), f"*{name}*")
        assert agencies.acquire(ICE).errors == []
        assert f"SECRET{number}" in agencies.mirror.asked[-1].path, "it was asked for with the key"
    agencies.show("status-500", "*.xlsx*")
    agencies.mirror.faults.insert(0, agencies.mirror.faults.pop())
    errors = agencies.acquire(ICE).errors
    assert errors
    records = [body for path, body in agencies.archived().items() if ".json" in path]
    (record,) = [json.loads(body) for body in records if name.encode() in body]
    assert record["published_url"].endswith(f"{name}?v=2")
    for text in (*errors, caplog.text, *(body.decode() for body in records)):
        assert "SECRET" not in text
