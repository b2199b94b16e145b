"""Acquiring through the mirror: the way of every run that does not ask the agencies."""

import csv
import hashlib
import io
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import requests

from orchestration.acquire.acquire import acquire
from orchestration.acquire.archive import Archive
from orchestration.mirror.manifest import COLUMNS, read_manifest
from orchestration.mirror.serve import Answer, Mirror
from orchestration.settings import Settings
from tests.fake_series import (
    CBP_PAGE,
    CUSTODY_PAGE,
    aor_series,
    custody_series,
    ice_series,
    state_series,
)

ICE, STATE, AOR, CUSTODY = ice_series(), state_series(), aor_series(), custody_series()
CATALOG = {series.name: series for series in (ICE, STATE, AOR, CUSTODY)}
ICE_URL = "https://www.ice.gov/doclib/detention/FY21-detentionstats.xlsx"
STATE_URL = (
    "https://www.cbp.gov/sites/default/files/2025-11/nationwide-encounters-fy22-fy25-state.csv"
)


def workbook(text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", text)
    return buffer.getvalue()


def page(text):
    return f"<html><body><table><tr><td>{text}</td></tr></table></body></html>".encode()


class Folder:
    """A folder of publications; rows may be added while a mirror serves it."""

    def __init__(self, path):
        self.path = path
        self.rows = []

    def add(self, series, content, url="", captured_at="", name=None, sha256=None):
        name = name or url.rsplit("/", 1)[-1]
        file = f"{len(self.rows)}__{name}"
        (self.path / file).write_bytes(content)
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        self.rows.append(
            [file, series and series.agency, series and series.name, name, url, captured_at,
             len(content), sha256, ""]
        )  # fmt: skip
        with (self.path / "manifest.csv").open("w", newline="") as manifest:
            csv.writer(manifest).writerows([COLUMNS, *self.rows])
        return sha256


class CountingMirror(Mirror):
    """A mirror that counts its answers by status, and may give other answers to some paths."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.statuses = Counter()
        self.downloads = []
        self.instead = {}

    def answer(self, path, headers):
        answer = self.instead.get(path) or super().answer(path, headers)
        self.statuses[answer.status] += 1
        if answer.status == 200 and not path.endswith("nationwide-encounters"):
            self.downloads.append(path)
        return answer


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "publications"
    path.mkdir()
    folder = Folder(path)
    folder.add(None, b"%PDF", "https://www.cbp.gov/a.pdf")
    return folder


@pytest.fixture
def mirror(folder):
    with CountingMirror(folder.path, CATALOG) as mirror:
        yield mirror


@pytest.fixture
def settings(mirror, tmp_path):
    return Settings(home=tmp_path, mirror_url=mirror.url, source_mode="folder", retries=0)


def run(settings, series, months=None, progress=None):
    archive = Archive(settings.archive)
    return acquire(series, settings, archive, months, progress), archive


def files_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_downloads_nothing_and_changes_nothing(folder, mirror, settings):
    folder.add(STATE, b"a,b\n1,2\n", STATE_URL)
    folder.add(STATE, b"a,b\n1,1\n", "", name="nationwide-encounters-fy21-fy24-apr-state.csv")
    result, _ = run(settings, STATE)
    assert (result.found, len(result.new), result.errors) == (2, 2, [])
    before = files_in(settings.archive)
    mirror.statuses.clear()
    result, _ = run(settings, STATE)
    assert (result.found, result.new, result.seen, result.unchanged) == (2, [], 0, 2)
    assert mirror.statuses == {200: 1, 304: 2}  # the landing page alone is downloaded
    assert files_in(settings.archive) == before


def test_each_vintage_of_one_url_is_archived_with_its_own_capture(folder, settings):
    moments = ["2021-01-13T00:20:29Z", "2021-02-11T01:05:40Z", "2021-03-05"]
    ids = [folder.add(ICE, workbook(at), ICE_URL, at) for at in moments]
    undated = folder.add(ICE, workbook("undated"), ICE_URL)
    also_undated = folder.add(ICE, workbook("also undated"), ICE_URL)
    result, archive = run(settings, ICE)
    assert result.errors == []
    vintages = {it.vintage_id: it for it in archive.vintages(ICE)}
    assert set(vintages) == {*ids, undated, also_undated}
    assert {it.published_url for it in vintages.values()} == {ICE_URL}
    assert {it.published_name for it in vintages.values()} == {"FY21-detentionstats.xlsx"}
    assert vintages[ids[0]].captured_at == datetime(2021, 1, 13, 0, 20, 29, tzinfo=UTC)
    assert vintages[ids[0]].captured_precision == "second"
    assert vintages[ids[0]].publication_month == date(2021, 1, 1)
    assert vintages[ids[2]].captured_at == datetime(2021, 3, 5, tzinfo=UTC)
    assert vintages[ids[2]].captured_precision == "day"
    assert vintages[ids[2]].fetched_from == ICE_URL  # the newest stands at its own URL
    assert vintages[undated].captured_at is None
    assert vintages[undated].publication_month is None
    assert all(it.source_mode == "folder" for it in vintages.values())


def test_a_copy_whose_url_is_not_known_has_none(folder, settings):
    folder.add(STATE, b"a,b\n1,1\n", "", name="nationwide-encounters-fy21-fy24-apr-state.csv")
    folder.add(AOR, b"a,b\n2,1\n", "", name="(transcription of the PDF beside it)")
    result, archive = run(settings, STATE)
    (vintage,) = archive.vintages(STATE)
    assert result.errors == []
    assert vintage.published_url is None
    assert vintage.published_name == "nationwide-encounters-fy21-fy24-apr-state.csv"
    assert vintage.link_text == "FY21 - FY24 (FYTD) Cbp Nationwide Encounters State - April"
    result, archive = run(settings, AOR)
    (vintage,) = archive.vintages(AOR)
    assert vintage.published_name == "2__%28transcription%20of%20the%20PDF%20beside%20it%29"


def test_a_capture_known_by_its_month_says_so(folder, settings):
    folder.add(CUSTODY, page("new"), CUSTODY_PAGE, "2026-09")
    _, archive = run(settings, CUSTODY)
    (vintage,) = archive.vintages(CUSTODY)
    assert vintage.captured_precision == "month"
    assert vintage.captured_at == datetime(2026, 9, 1, tzinfo=UTC)
    assert vintage.publication_month == date(2026, 9, 1)


def test_a_page_that_is_the_publication_is_archived_in_all_its_captures(folder, mirror, settings):
    closed_year = f"{CUSTODY_PAGE}-fy2023"
    ids = {
        folder.add(CUSTODY, page("old"), CUSTODY_PAGE, "2026-07-15"),
        folder.add(CUSTODY, page("new"), CUSTODY_PAGE, "2026-09"),
        folder.add(CUSTODY, page("closed"), closed_year, "2026-08-01"),
        folder.add(CUSTODY, page("undated"), CUSTODY_PAGE),
    }
    result, archive = run(settings, CUSTODY)
    assert result.errors == []
    assert {it.vintage_id for it in archive.vintages(CUSTODY)} == ids
    urls = Counter(it.published_url for it in archive.vintages(CUSTODY))
    assert urls == {CUSTODY_PAGE: 3, closed_year: 1}
    mirror.statuses.clear()
    result, archive = run(settings, CUSTODY)
    assert mirror.statuses == {304: 4}
    assert result.unchanged == 4


def test_a_damaged_sidecar_of_a_page_keeps_none_of_its_links_out(folder, settings):
    content = page('<a href="/newsroom/stats/custody-and-transfer-statistics-fy2023">FY2023</a>')
    today = folder.add(CUSTODY, content, CUSTODY_PAGE, "2026-09")
    run(settings, CUSTODY)
    (settings.archive / today[:2] / f"{today}.json").write_text("cut")
    closed = folder.add(CUSTODY, page("closed"), f"{CUSTODY_PAGE}-fy2023", "2026-08-01")
    result, _ = run(settings, CUSTODY)
    assert result.new == [closed]
    (error,) = result.errors
    assert f"{today}.json: found" in error


def test_links_on_a_page_that_is_a_publication_are_followed_also_when_it_is_unchanged(
    folder, settings
):
    content = page('<a href="/newsroom/stats/custody-and-transfer-statistics-fy2023">FY2023</a>')
    folder.add(CUSTODY, content, CUSTODY_PAGE, "2026-09")
    result, _ = run(settings, CUSTODY)
    assert len(result.new) == 1
    assert "fy2023: found status 404" in result.errors[0]
    closed_year = f"{CUSTODY_PAGE}-fy2023"
    folder.add(CUSTODY, page("closed"), closed_year, "2026-08-01")
    result, _ = run(settings, CUSTODY)
    assert (result.unchanged, len(result.new), result.errors) == (1, 1, [])


def test_bytes_that_change_under_a_url_are_a_new_vintage_and_the_older_ones_stay(
    folder, mirror, settings
):
    old = folder.add(ICE, workbook("old"), ICE_URL, "2021-02-11")
    run(settings, ICE)
    new = folder.add(ICE, workbook("new"), ICE_URL, "2021-03-05")
    result, archive = run(settings, ICE)
    assert result.new == [new]
    assert {it.vintage_id for it in archive.vintages(ICE)} == {old, new}
    mirror.statuses.clear()
    result, _ = run(settings, ICE)
    assert (result.new, result.seen, result.unchanged) == ([], 0, 2)


def test_the_same_bytes_under_two_names_are_one_vintage_and_one_sighting(folder, settings):
    folder.add(ICE, workbook("a"), ICE_URL, "2021-02-11")
    folder.add(ICE, workbook("a"), ICE_URL.replace("FY21-", "FY21_0301-"), "2021-03-05")
    for _ in range(2):
        _, archive = run(settings, ICE)
        assert len(archive.vintages(ICE)) == 1
        assert len(archive.sightings(ICE)) == 1


def mend(folder, number, column, value):
    """Correct one value of manifest.csv."""
    folder.rows[number][COLUMNS.index(column)] = value
    with (folder.path / "manifest.csv").open("w", newline="") as manifest:
        csv.writer(manifest).writerows([COLUMNS, *folder.rows])


def test_a_series_mended_in_the_manifest_counts_once_the_wrong_sidecar_is_deleted(
    folder, mirror, settings
):
    aor_url = STATE_URL.replace("-state", "-aor")
    vintage_id = folder.add(STATE, b"a,b\n1,2\n", aor_url)
    assert run(settings, STATE)[0].new == [vintage_id]
    mend(folder, -1, "series", AOR.name)
    for _ in range(2):
        result, _ = run(settings, AOR)
        (error,) = result.errors
        assert (result.new, result.unchanged) == ([], 0)
        assert f"found series {STATE.name}" in error
        assert f"expected {AOR.name}, as which they come now from {aor_url}" in error
    (settings.archive / vintage_id[:2] / f"{vintage_id}.json").unlink()  # as the message says
    result, archive = run(settings, AOR)
    assert (result.new, result.errors) == ([vintage_id], [])
    assert run(settings, AOR)[0].unchanged == 1
    assert archive.vintages(STATE) == []


@pytest.mark.parametrize(
    ("mistyped", "mended"),
    [
        ("2012-02-11", "2021-02-11"),
        ("", "2021-02-11"),
        ("2021-02-11", ""),
        ("2021-02", "2021-02-01"),
    ],
)
def test_a_capture_mended_in_the_manifest_is_noticed_and_counts_once_the_sidecar_is_deleted(
    folder, settings, mistyped, mended
):
    vintage_id = folder.add(ICE, workbook("a"), ICE_URL, mistyped)
    run(settings, ICE)
    assert run(settings, ICE)[0].errors == []
    mend(folder, -1, "captured_at", mended)
    result, _ = run(settings, ICE)
    (error,) = result.errors
    sidecar = settings.archive / vintage_id[:2] / f"{vintage_id}.json"
    assert f"{sidecar}: found FY21-detentionstats.xlsx captured {mistyped or 'at no'}" in error
    assert f"expected {mended or 'at no known time'}" in error
    assert "delete this sidecar and run again" in error
    sidecar.unlink()
    assert run(settings, ICE)[0].errors == []
    result, archive = run(settings, ICE)
    assert (result.unchanged, result.errors) == (1, [])
    (vintage,) = archive.vintages(ICE)
    assert (f"{vintage.captured_at:%Y-%m-%d}" if vintage.captured_at else "") == (mended)


def test_the_same_bytes_captured_again_later_contradict_no_sidecar(folder, settings):
    folder.add(ICE, workbook("a"), ICE_URL, "2021-02-11")
    run(settings, ICE)
    folder.add(ICE, workbook("a"), ICE_URL, "2021-03-05")  # the newest stands at its own URL
    for _ in range(2):
        assert run(settings, ICE)[0].errors == []


def test_a_place_that_cannot_be_asked_contradicts_no_sidecar(folder, mirror, settings):
    folder.add(ICE, workbook("a"), ICE_URL, "2021-02-11")
    folder.add(ICE, workbook("a"), ICE_URL.replace("FY21-", "FY21_0301-"), "2021-05-05")
    run(settings, ICE)
    mirror.instead[ICE_URL.removeprefix("https:/")] = Answer(404)
    (error,) = run(settings, ICE)[0].errors
    assert f"{ICE_URL}: found status 404" in error


def test_a_body_that_may_be_cut_is_asked_for_again_without_its_etag(folder, mirror, settings):
    whole = b"a,b\n1,2\n3,4\n"
    folder.add(STATE, whole, STATE_URL)
    path = f"/{STATE_URL.removeprefix('https://')}"
    etag = {"ETag": f'"{hashlib.sha256(whole).hexdigest()}"'}
    mirror.instead[path] = Answer(200, etag | {"Connection": "close"}, b"a,b\n1,2\n")
    run(settings, STATE)
    mirror.instead.clear()
    result, archive = run(settings, STATE)
    assert result.new == [hashlib.sha256(whole).hexdigest()]
    assert run(settings, STATE)[0].unchanged == 1
    assert len(archive.vintages(STATE)) == 2


def test_a_run_of_one_month_takes_that_month_and_what_has_none(folder, settings):
    november = folder.add(STATE, b"a,b\n1,2\n", STATE_URL)
    older = STATE_URL.replace("2025-11", "2024-10").replace("fy22-fy25", "fy21-fy24")
    folder.add(STATE, b"a,b\n1,3\n", older)
    unknown = folder.add(STATE, b"a,b\n1,4\n", name="nationwide-encounters-fy19-fy22-state.csv")
    result, _ = run(settings, STATE, months={date(2025, 11, 1)})
    assert set(result.new) == {november, unknown}


def test_a_series_of_which_the_folder_holds_nothing_is_no_error(folder, settings):
    folder.add(STATE, b"a,b\n1,2\n", STATE_URL)
    for series in (AOR, ICE, CUSTODY):
        result, archive = run(settings, series)
        assert (result.found, result.errors, archive.vintages(series)) == (0, [], [])


def test_a_page_without_a_link_of_the_series_is_an_error_and_not_nothing_new(mirror, settings):
    redesigned = b"<html><head><title>New look</title></head><body><a href='/x'>x</a></body></html>"
    mirror.instead["/www.cbp.gov/document/stats/nationwide-encounters"] = Answer(
        200, {"Content-Type": "text/html"}, redesigned
    )
    result, _ = run(settings, STATE)
    (error,) = result.errors
    assert CBP_PAGE in error
    assert "titled 'New look'" in error
    assert "Page redesigned?" in error


def test_one_link_that_fails_does_not_stop_the_others(folder, mirror, settings):
    good = folder.add(ICE, workbook("good"), ICE_URL, "2021-02-11")
    path = "/www.ice.gov/doclib/detention/FY21_0301.xlsx"
    folder.add(ICE, workbook("bad"), f"https:/{path}", "2021-03-05")
    denied = b"<!DOCTYPE html><html><head><title>Access Denied</title></head></html>"
    for instead, said in (
        (Answer(200, {}, denied), "found an HTML page titled 'Access Denied'"),
        (Answer(403), "inbox"),
        (Answer(302, {"Location": "https://elsewhere.example/a.xlsx"}), "elsewhere.example"),
        (Answer(302, {"Location": "http://www.ice.gov/a.xlsx"}), "http://www.ice.gov/a.xlsx"),
        (Answer(200, {"Content-Type": "text/csv"}, b""), "an empty file"),
        (Answer(200, {"Memento-Datetime": "soon"}, workbook("bad")), "Memento-Datetime 'soon'"),
    ):
        mirror.instead[path] = instead
        result, archive = run(settings, ICE)
        (error,) = result.errors
        assert said in error
        assert f"https:/{path}" in error
        assert [it.vintage_id for it in archive.vintages(ICE)] == [good]


def test_a_landing_page_that_fails_is_an_error_of_its_series(mirror, settings):
    mirror.instead["/www.cbp.gov/document/stats/nationwide-encounters"] = Answer(403)
    result, _ = run(settings, STATE)
    assert "status 403" in result.errors[0]


def test_a_series_taken_from_the_inbox_asks_the_agency_for_nothing(mirror, settings):
    by_hand = state_series(live_from_inbox=True)
    result, _ = run(replace(settings, mirror_url=""), by_hand)
    assert (result.found, result.errors) == (0, [])
    assert not mirror.statuses


def test_progress_is_told_by_name(folder, settings):
    folder.add(STATE, b"a,b\n1,2\n", STATE_URL)
    told = []
    run(settings, STATE, progress=lambda *what: told.append(what))
    assert told[-1] == (8, 8, "nationwide-encounters-fy22-fy25-state.csv")


def test_cbps_page_has_every_link_twice_newest_first(folder, mirror):
    folder.add(STATE, b"a,b\n1,2\n", STATE_URL.replace("2025-11", "2024-10"))
    folder.add(AOR, b"a,b\n1,3\n", STATE_URL.replace("state", "aor"))
    folder.add(STATE, b"a,b\n1,4\n", STATE_URL)
    html = requests.get(f"{mirror.url}/{CBP_PAGE.removeprefix('https://')}", timeout=5).text
    assert html.count(f'href="{STATE_URL.removeprefix("https://www.cbp.gov")}"') == 2
    assert html.index("/2025-11/nationwide-encounters-fy22-fy25-state") < html.index("/2024-10/")


def test_the_mirror_answers_conditional_requests_by_etag_and_by_date(folder, mirror):
    folder.add(ICE, workbook("a"), ICE_URL, "2021-02-11")
    url = f"{mirror.url}/{ICE_URL.removeprefix('https://')}"
    whole = requests.get(url, timeout=5)
    assert whole.headers["Memento-Datetime"] == "Thu, 11 Feb 2021 00:00:00 GMT"
    assert f'<{ICE_URL}>; rel="original"' in whole.headers["Link"]
    for held, status in (
        ({"If-None-Match": whole.headers["ETag"]}, 304),
        ({"If-None-Match": '"other"', "If-Modified-Since": whole.headers["Last-Modified"]}, 200),
        ({"If-Modified-Since": whole.headers["Last-Modified"]}, 304),
        ({"If-Modified-Since": "Wed, 10 Feb 2021 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ):
        assert requests.get(url, headers=held, timeout=5).status_code == status


def test_a_file_that_is_not_what_the_manifest_says_is_not_served(folder, mirror, settings):
    folder.add(STATE, b"a,b\n1,2\n", STATE_URL, sha256="0" * 64)
    answer = requests.get(f"{mirror.url}/{STATE_URL.removeprefix('https://')}", timeout=5)
    assert answer.status_code == 500
    assert "bytes of another sha256 than stated" in answer.text


def test_no_url_reaches_a_file_that_is_not_in_the_manifest(folder, mirror):
    (folder.path / "secret").write_text("secret")
    for path in ("/secret", "/www.cbp.gov/../secret", "/..%2fsecret", "/www.cbp.gov/secret"):
        assert requests.get(f"{mirror.url}{path}", timeout=5).status_code == 404


def test_every_real_publication_is_archived_once_with_what_the_manifest_knows(
    publications, tmp_path
):
    from orchestration.series.catalog import SERIES

    rows = {row.sha256: row for row in read_manifest(publications) if row.series}
    with CountingMirror(publications, SERIES) as mirror:
        settings = Settings(home=tmp_path, mirror_url=mirror.url, source_mode="folder", retries=0)
        archive = Archive(settings.archive)
        for series in SERIES.values():
            assert acquire(series, settings, archive).errors == []
        vintages = {it.vintage_id: it for name in SERIES.values() for it in archive.vintages(name)}
        assert vintages.keys() == rows.keys()
        for sha256, row in rows.items():
            vintage = vintages[sha256]
            assert vintage.series == row.series
            assert vintage.published_url == row.published_url
            assert vintage.bytes == row.bytes
            assert vintage.captured_at == (row.capture.moment if row.capture else None)
        before = {path: path.stat().st_mtime_ns for path in settings.archive.rglob("*")}
        mirror.downloads.clear()
        for series in SERIES.values():
            again = acquire(series, settings, Archive(settings.archive))
            assert (again.new, again.errors) == ([], [])
        assert not [path for path in mirror.downloads if path.endswith((".csv", ".xlsx"))]
        assert {path: path.stat().st_mtime_ns for path in settings.archive.rglob("*")} == before
