"""The inbox: what a person downloaded by hand, from the folder to accepted figures."""

import io
import os
from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import pytest
import requests
from requests.adapters import HTTPAdapter

from orchestration.acquire.acquire import acquire
from orchestration.acquire.archive import Archive
from orchestration.acquire.inbox import strays, take_inbox
from orchestration.mirror.sample_cbp import cbp_publications
from orchestration.series.catalog import SERIES as CATALOG
from orchestration.settings import Settings
from orchestration.warehouse.load import load
from tests.fake_series import aor_series, state_series
from tests.unit import ice_workbook_writer

SERIES = state_series()
NAME = "nationwide-encounters-fy23-fy26-jul-state.csv"
URL = f"https://www.cbp.gov/sites/default/files/2026-08/{NAME}"
CSV = b"Fiscal Year,State\n2026,TX\n"
MOMENT = datetime(2026, 9, 3, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, source_mode="live")


@pytest.fixture
def inbox(settings):
    folder = settings.inbox / SERIES.name
    folder.mkdir(parents=True)
    return folder


def put(inbox, content, name=NAME):
    (inbox / name).write_bytes(content)
    os.utime(inbox / name, (MOMENT.timestamp(), MOMENT.timestamp()))


def take(settings):
    archive = Archive(settings.archive)
    return take_inbox(SERIES, settings, archive), archive


def test_a_file_put_there_by_hand_is_a_vintage_with_a_provenance(settings, inbox):
    put(inbox, CSV)
    result, archive = take(settings)
    (sidecar,) = archive.vintages(SERIES)
    assert result.new == [sidecar.vintage_id]
    assert archive.read(sidecar.vintage_id) == CSV
    assert sidecar.published_name == NAME
    assert sidecar.published_url is None
    assert sidecar.captured_at == MOMENT
    assert sidecar.publication_month == date(2026, 9, 1)  # of the capture: the name tells none
    assert (inbox / "taken" / NAME).read_bytes() == CSV
    assert not (inbox / NAME).exists()


def test_a_note_beside_the_file_gives_its_url(settings, inbox):
    put(inbox, CSV)
    (inbox / f"{NAME}.url").write_text(f"{URL}\nfrom the press office\n")
    _, archive = take(settings)
    (sidecar,) = archive.vintages(SERIES)
    assert sidecar.published_url == URL
    assert sidecar.publication_month == date(2026, 8, 1)
    assert sorted(path.name for path in (inbox / "taken").iterdir()) == [NAME, f"{NAME}.url"]


def test_a_bad_file_stays_with_an_error_and_the_others_are_taken(settings, inbox):
    put(inbox, b"<html><head><title>Denied</title></head></html>", "a.csv")
    put(inbox, CSV, "b.csv")
    put(inbox, CSV + b"2026,AZ\n", "c.csv")
    (inbox / "c.csv.url").write_text("ftp://somewhere/c.csv")
    result, archive = take(settings)
    assert (result.found, len(result.new)) == (3, 1)
    page, note = result.errors
    assert "a.csv: found an HTML page titled 'Denied'" in page
    assert "c.csv.url: found first line 'ftp://somewhere/c.csv'" in note
    assert sorted(path.name for path in inbox.iterdir()) == [
        "a.csv", "c.csv", "c.csv.url", "taken",
    ]  # fmt: skip
    assert len(archive.vintages(SERIES)) == 1


def test_a_file_larger_than_the_series_allows_is_not_read(settings, inbox):
    put(inbox, CSV)
    small = state_series(max_bytes=10)
    result = take_inbox(small, settings, Archive(settings.archive))
    assert "at most 10 bytes" in result.errors[0]
    assert (inbox / NAME).exists()


def test_an_unfinished_download_is_left_alone(settings, inbox):
    put(inbox, CSV, f"{NAME}.part")
    put(inbox, CSV, f"{NAME}.crdownload")
    result, _ = take(settings)
    assert (result.found, result.errors) == (0, [])


def test_the_same_file_again_is_no_second_vintage_and_other_bytes_of_its_name_are_kept_apart(
    settings, inbox
):
    put(inbox, CSV)
    take(settings)
    put(inbox, CSV)
    result, archive = take(settings)
    assert (result.new, result.seen) == ([], 1)
    assert archive.sightings(SERIES) == []
    put(inbox, CSV + b"2026,AZ\n")
    result, archive = take(settings)
    assert len(result.new) == 1
    assert len(archive.vintages(SERIES)) == 2
    assert len(list((inbox / "taken").iterdir())) == 3


def test_no_inbox_is_an_empty_inbox(settings):
    result, _ = take(settings)
    assert (result.found, result.errors) == (0, [])
    assert strays(settings, CATALOG) == []


def test_a_file_put_into_the_wrong_folder_can_be_put_right(settings, inbox):
    put_into_inbox_of(aor_series(), settings, CSV, NAME)
    (vintage_id,) = take_inbox(aor_series(), settings, Archive(settings.archive)).new
    put(inbox, CSV)
    result, archive = take(settings)
    (error,) = result.errors
    sidecar = settings.archive / vintage_id[:2] / f"{vintage_id}.json"
    assert f"{sidecar}: found series cbp_nationwide_encounters_aor" in error
    assert "expected cbp_nationwide_encounters_state" in error
    assert (inbox / NAME).exists()
    sidecar.unlink()  # as the message says
    result, archive = take(settings)
    assert (result.new, result.errors) == ([vintage_id], [])
    assert [it.vintage_id for it in archive.vintages(SERIES)] == [vintage_id]
    assert archive.vintages(aor_series()) == []


def test_a_home_of_the_sample_takes_no_file_from_the_inbox(settings, inbox):
    put(inbox, CSV)
    result, archive = take(replace(settings, source_mode="sample"))
    (error,) = result.errors
    assert f"{inbox / NAME}: found a file in a home of the sample" in error
    assert "Set BORDER_HOME" in error
    assert (inbox / NAME).exists()
    assert archive.vintages(SERIES) == []


def test_what_lies_in_no_folder_of_a_series_is_named_with_the_folders_there_are(settings, inbox):
    put(inbox, CSV)
    put(settings.inbox, CSV, "straight.csv")
    (settings.inbox / "cbp_encounters").mkdir()
    (settings.inbox / ".DS_Store").write_bytes(b"")
    folder, file = strays(settings, CATALOG)
    assert f"{settings.inbox / 'cbp_encounters'}: found a folder of no series" in folder
    assert f"{settings.inbox / 'straight.csv'}: found a file of no series" in file
    for line in (folder, file):
        assert all(name in line for name in CATALOG)


def put_into_inbox_of(series, settings, content, name):
    folder = settings.inbox / series.name
    folder.mkdir(parents=True)
    put(folder, content, name)


def taken_and_loaded(series, settings, connection):
    """One run of a live home, as the assets go: inbox, pages, warehouse."""
    archive = Archive(settings.archive)
    taken = take_inbox(series, settings, archive)
    found = acquire(series, settings, archive).merged(taken)
    documents = [(vars(it), archive.document(it)) for it in archive.vintages(series)]
    return found, load(connection, series, documents, "run")


@pytest.fixture
def refused(monkeypatch):
    """The agencies' bot protection: every request is answered with 403. Counts the requests."""
    asked = []

    def send(_adapter, request, **_how):
        asked.append(request.url)
        response = requests.Response()
        response.status_code, response.raw = 403, io.BytesIO()
        response.request, response.url = request, request.url
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return asked


def test_in_a_live_home_the_history_comes_from_the_inbox_and_no_agency_is_asked(tmp_path, refused):
    series = CATALOG["cbp_border_patrol_history"]
    settings = Settings(home=tmp_path, source_mode="live", mirror_url="", politeness_seconds=0)
    (publication,) = [it for it in cbp_publications() if it.series == series.name]
    put_into_inbox_of(series, settings, publication.content, publication.published_name)
    with duckdb.connect() as connection:
        found, loaded = taken_and_loaded(series, settings, connection)
        assert (found.found, len(found.new), found.errors) == (1, 1, [])
        assert [(it.status, it.rows) for it in loaded.vintages] == [("accepted", 252 * 25)]
        found, loaded = taken_and_loaded(series, settings, connection)
        assert (found.found, found.new, loaded.vintages, loaded.skipped) == (0, [], [], 1)
        vintage = connection.execute(
            "select published_url, known_on, known_on_basis, source_mode from ledger.vintages"
        ).fetchone()
    assert vintage == (None, MOMENT.date(), "captured", "live")
    assert refused == []


def test_where_an_agency_refuses_robots_the_error_names_the_inbox_and_the_inbox_feeds_the_tables(
    tmp_path, refused
):
    series = CATALOG["ice_detention_statistics"]
    settings = Settings(home=tmp_path, source_mode="live", mirror_url="", politeness_seconds=0)
    workbook = ice_workbook_writer.publication()
    put_into_inbox_of(series, settings, workbook.content, workbook.published_name)
    with duckdb.connect() as connection:
        found, loaded = taken_and_loaded(series, settings, connection)
        figures = connection.execute(
            "select value from raw.ice_initial_book_ins inner join ledger.accepted_tables "
            "using (vintage_id, table_name) where arresting_agency = 'CBP' order by reference_month"
        ).fetchall()
    (error,) = found.errors
    assert "$BORDER_HOME/inbox/<series>/" in error
    assert refused == list(series.landing_pages)  # asked once, and not again
    assert len(found.new) == 1
    assert [it.status for it in loaded.vintages] == ["accepted"]
    assert figures == [(10.0,), (20.0,), (30.0,)]
