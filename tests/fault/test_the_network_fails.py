"""The network and the agencies' servers."""

import time
import tracemalloc
from dataclasses import replace

import pytest

from orchestration.acquire import http
from orchestration.acquire.acquire import acquire
from orchestration.acquire.archive import Archive
from orchestration.mirror.faults import HUGE_BYTES
from tests.fault.agencies import ICE, STATE, ice_url, state_file, state_url, workbook

QUICK = {"read_timeout": 0.3, "connect_timeout": 0.3}


def row(fault, *values, what, happens, told=""):
    return pytest.param(fault, *values, marks=pytest.mark.fault(what, happens, told), id=fault)


@pytest.mark.fault(
    "429 with Retry-After, 500, 503, stall, connection reset or cut body, once",
    "asked again, and taken as if nothing had been",
    "a line in the log: 'trying again'",
)
@pytest.mark.parametrize(
    "fault",
    ["status-429", "status-500", "status-503", "stall", "reset", "reset-in-body", "cut"],
)
def test_a_failure_that_passes_costs_nothing(agencies, fault):
    newer = agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    agencies.show(fault, "*-feb-state.csv", times=1)
    taken = agencies.acquire(**QUICK)
    assert (taken.errors, taken.new) == ([], [newer])
    assert newer in agencies.held()
    assert len([it for it in agencies.mirror.asked if "-feb-state.csv" in it.path]) == 2


@pytest.mark.parametrize(
    ("fault", "found", "remedy"),
    [
        row(
            "status-403", "found status 403", "into $BORDER_HOME/inbox/<series>/",
            what="403 (bot protection)",
            happens="asked once and not again in this run; other files are taken",
            told="download it in a browser and put it into the inbox",
        ),
        row(
            "status-404", "found status 404", "the next run asks again",
            what="404 for a link of the page",
            happens="other files are taken; asked again at the next run",
            told="the page links to a file that is not there (yet)",
        ),
        row(
            "status-429", "found status 429, at each of 2 tries", "the next run asks again",
            what="429 with Retry-After, for good",
            happens="waits as asked (two minutes at most), then left for the next run",
            told="the status, and how often it was tried",
        ),
        row(
            "status-500", "found status 500, at each of 2 tries", "the next run asks again",
            what="500 for good", happens="tried again with growing waits, then left for the next "
            "run", told="the status, and how often it was tried",
        ),
        row(
            "reset", "Connection", "this machine's network",
            what="connection reset", happens="tried again, then left for the next run",
            told="look whether the site and this machine's network are up",
        ),
        row(
            "reset-in-body", "Connection", "this machine's network",
            what="connection reset within the body",
            happens="what came is thrown away; tried again, then left for the next run",
            told="look whether the site and this machine's network are up",
        ),
        row(
            "stall", "Read timed out", "BORDER_READ_TIMEOUT",
            what="stall past the timeout",
            happens="what came is thrown away; tried again, then left for the next run",
            told="the timeout, and the setting that changes it",
        ),
        row(
            "cut", "IncompleteRead", "the next run asks again",
            what="body cut short, with Content-Length",
            happens="what came is thrown away; tried again, then left for the next run",
            told="how many bytes came and how many are missing",
        ),
        row(
            "cut-without-length", "a text that ends within a line", "the next run asks again",
            what="body cut short within a line, without Content-Length",
            happens="refused before it is archived; asked again at the next run",
            told="a text that ends within a line (a download cut short?)",
        ),
        row(
            "not-modified", "status 304", "a copy that is not held",
            what="304 where no copy is held",
            happens="nothing is taken for held; asked again at the next run",
            told="a cache on the way answered for a copy that is not held",
        ),
        row(
            "error-page", "an HTML page titled 'Access Denied'", "If a browser shows the right",
            what="a page of HTML with status 200 as .csv",
            happens="refused before it is archived; asked again at the next run",
            told="the page's title, and to use the inbox if a browser shows the right file",
        ),
        row(
            "empty", "an empty file", "the next run asks again",
            what="an empty file",
            happens="refused before it is archived; asked again at the next run",
            told="an empty file",
        ),
        row(
            "pdf", "a PDF", "the next run asks again",
            what="wrong magic bytes (a PDF as .csv)",
            happens="refused before it is archived; asked again at the next run",
            told="what kind of file came",
        ),
        row(
            "redirect-off-list", "a redirect to https://elsewhere.example/file", "not asked for",
            what="redirect to a host off the list",
            happens="refused; no connection is made and no name looked up",
            told="where it led, the hosts that may be asked, and what to change if it is right",
        ),
        row(
            "redirect-to-http", "a redirect to http://www.cbp.gov/file", "not asked for",
            what="redirect to http", happens="refused; no connection is made",
            told="where it led",
        ),
        row(
            "redirect-to-link-local", "a redirect to https://169.254.169.254/", "not asked for",
            what="redirect to a link-local address", happens="refused; no connection is made",
            told="where it led",
        ),
        row(
            "redirect-to-localhost", "a redirect to https://localhost/file", "not asked for",
            what="redirect to localhost", happens="refused; no connection is made",
            told="where it led",
        ),
        row(
            "redirect-in-a-circle", "more than 5 redirects", "Open the URL in a browser",
            what="redirects in a circle", happens="ended after five", told="where the last one led",
        ),
        row(
            "huge", "a body that goes on", "raise max_bytes",
            what="a body of 5 GB, its length not said",
            happens="stopped at the series' limit; never more than that in memory",
            told="the limit, and to raise it if the file has really grown",
        ),
        row(
            "huge-announced", f"{HUGE_BYTES:,} bytes announced", "raise max_bytes",
            what="a body of 5 GB, announced", happens="not read at all",
            told="the limit, and to raise it if the file has really grown",
        ),
    ],
)  # fmt: skip
def test_a_failure_that_lasts_costs_one_file_in_one_run(agencies, fault, found, remedy):
    before = agencies.held()
    newer = agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    agencies.show(fault, "*-feb-state.csv")
    taken = agencies.acquire(**QUICK)

    (error,) = taken.errors
    assert state_url("FEB") in error
    assert found in error
    assert remedy in error
    assert error.isprintable()
    assert agencies.held() == before, "the good ones stand"
    assert not [path for path in agencies.archived() if path.startswith("incoming")]

    agencies.mirror.faults.clear()
    taken = agencies.acquire()
    assert (taken.errors, taken.new) == ([], [newer]), "nothing is lost"


@pytest.mark.fault(
    "a page of HTML, half a zip or a CSV with status 200 as .xlsx",
    "refused before it is archived; asked again at the next run",
    "what came: the page's title, or 'half a zip archive'",
)
@pytest.mark.parametrize(
    ("instead", "found"),
    [("error-page", "titled 'Access Denied'"), ("cut-without-length", "half a zip archive"),
     (lambda good: replace(good, body=state_file("OCT")), "bytes that begin b'Fiscal Year")],
)  # fmt: skip
def test_what_is_no_workbook_is_not_archived_as_one(agencies, instead, found):
    before = agencies.held()
    agencies.post(ICE, ice_url("FY21_detentionStats12162020.xlsx"), workbook() + b"\n")
    agencies.show(instead, "*12162020.xlsx")
    (error,) = agencies.acquire(ICE).errors
    assert found in error
    assert agencies.held() == before


@pytest.mark.fault(
    "a body that drips, a byte now and then, so that no read times out",
    "stopped after half an hour; asked again at the next run",
    "how many bytes came in how many seconds",
)
def test_a_body_that_drips_does_not_hold_a_run_for_ever(agencies, monkeypatch):
    monkeypatch.setattr(http, "LONGEST_BODY_SECONDS", 0.5)
    before = agencies.held()
    agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    agencies.show("drip", "*-feb-state.csv")
    began = time.monotonic()
    (error,) = agencies.acquire(STATE).errors
    assert time.monotonic() - began < 5
    assert "the next run asks again" in error
    assert agencies.held() == before


@pytest.mark.fault(
    "a body of 5 GB: memory",
    "never more in memory than the series' limit and one piece",
)
def test_a_huge_body_takes_no_more_memory_than_the_limit(agencies):
    agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    agencies.show("huge", "*-feb-state.csv")
    small = replace(STATE, max_bytes=4 * 2**20)
    tracemalloc.start()
    try:
        result = acquire(small, agencies.settings, Archive(agencies.settings.archive))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "at most 4,194,304 bytes" in result.errors[0]
    assert peak < 4 * small.max_bytes
