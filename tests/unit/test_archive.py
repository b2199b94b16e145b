import hashlib
import os
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from orchestration.acquire import archive as archive_module
from orchestration.acquire.archive import Archive, ArchiveError
from orchestration.acquire.provenance import Provenance
from tests.fake_series import ice_series, state_series

SERIES = ice_series()
URL = "https://www.ice.gov/doclib/detention/FY21-detentionstats.xlsx"


def provenance(**changes):
    values = {
        "series": SERIES.name,
        "agency": "ICE",
        "published_name": "FY21-detentionstats.xlsx",
        "published_url": URL,
        "link_text": "FY 2021",
        "captured_at": datetime(2021, 2, 11, 1, 5, 40, tzinfo=UTC),
        "captured_precision": "second",
        "fetched_at": datetime(2026, 9, 1, tzinfo=UTC),
        "fetched_from": URL,
        "publication_month": date(2021, 2, 1),
        "response_headers": {"etag": '"1"'},
        "source_mode": "folder",
    }
    return Provenance(**(values | changes))


def files_in(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path)


def test_a_vintage_lies_under_its_sha256_with_all_that_is_known_of_it(archive, tmp_path):
    vintage_id, is_new = archive.store(b"bytes", provenance())
    assert is_new
    assert vintage_id == hashlib.sha256(b"bytes").hexdigest()
    assert (tmp_path / vintage_id[:2] / vintage_id).read_bytes() == b"bytes"
    for opened in (archive, Archive(tmp_path)):
        (sidecar,) = opened.vintages(SERIES)
        assert sidecar.vintage_id == vintage_id
        assert sidecar.bytes == 5
        for name, value in vars(provenance()).items():
            assert getattr(sidecar, name) == value
        assert opened.vintages(state_series()) == []


def test_a_reader_gets_the_bytes_the_name_and_the_day_of_capture(archive):
    archive.store(b"bytes", provenance())
    (sidecar,) = archive.vintages(SERIES)
    document = archive.document(sidecar)
    assert document.content == b"bytes"
    assert document.published_name == "FY21-detentionstats.xlsx"
    assert document.captured_on == date(2021, 2, 11)


def test_a_capture_known_by_its_month_counts_from_the_last_day_of_that_month(archive):
    september = datetime(2026, 9, 1, tzinfo=UTC)
    archive.store(b"bytes", provenance(captured_at=september, captured_precision="month"))
    (sidecar,) = archive.vintages(SERIES)
    assert archive.document(sidecar).captured_on == date(2026, 9, 30)


def test_the_same_bytes_of_the_same_place_change_nothing(archive, tmp_path):
    archive.store(b"bytes", provenance())
    before = files_in(tmp_path)
    later = provenance(fetched_at=datetime(2026, 9, 2, tzinfo=UTC))
    assert archive.store(b"bytes", later)[1] is False
    assert Archive(tmp_path).store(b"bytes", later)[1] is False
    assert files_in(tmp_path) == before


def test_the_same_bytes_under_a_new_name_are_one_sighting_however_often_they_are_seen(
    archive, tmp_path
):
    archive.store(b"bytes", provenance())
    elsewhere = provenance(
        published_name="FY21_0211.xlsx", fetched_from="https://x.gov/FY21_0211.xlsx"
    )
    for _ in range(3):
        assert archive.store(b"bytes", elsewhere)[1] is False
    assert Archive(tmp_path).store(b"bytes", elsewhere)[1] is False
    (sighting,) = Archive(tmp_path).sightings(SERIES)
    assert sighting.published_name == "FY21_0211.xlsx"
    assert sighting.seen_at == elsewhere.captured_at
    assert len(Archive(tmp_path).vintages(SERIES)) == 1


def test_a_url_that_goes_back_to_older_bytes_is_a_sighting_of_the_older_vintage(archive, tmp_path):
    days = [datetime(2026, 9, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    first, _ = archive.store(b"old", provenance(fetched_at=days[0]))
    archive.store(b"new", provenance(fetched_at=days[1]))
    for day in days[2:]:
        assert archive.store(b"old", provenance(fetched_at=day)) == (first, False)
    (sighting,) = Archive(tmp_path).sightings(SERIES)
    assert (sighting.vintage_id, sighting.fetched_at) == (first, days[2])
    assert Archive(tmp_path).last_for_url(URL).vintage_id == first


def stood_at(place, content, day):
    seen = datetime(2026, 9, day, tzinfo=UTC)
    return content, provenance(fetched_from=place, captured_at=seen, fetched_at=seen)


def test_bytes_that_took_others_back_at_one_place_were_posted_again(archive, tmp_path):
    days = {1: b"old", 2: b"new", 3: b"old", 4: b"old", 5: b"new"}
    for day, content in days.items():
        archive.store(*stood_at(URL, content, day))
    for opened in (archive, Archive(tmp_path)):
        assert [(it.vintage_id, it.seen_at.day) for it in opened.posted_again(SERIES)] == [
            (hashlib.sha256(b"old").hexdigest(), 3),
            (hashlib.sha256(b"new").hexdigest(), 5),
        ]


def test_an_old_link_that_is_seen_again_beside_a_newer_file_is_not_posted_again(archive):
    elsewhere, listed = "https://x.gov/old.xlsx", "https://x.gov/archive/old.xlsx"
    archive.store(*stood_at(elsewhere, b"old", 1))
    archive.store(*stood_at(URL, b"new", 2))
    for place, day in ((elsewhere, 3), (listed, 4), (URL, 5), (elsewhere, 29)):
        archive.store(*stood_at(place, b"new" if place == URL else b"old", day))
    assert len(archive.sightings(SERIES)) == 1
    assert archive.posted_again(SERIES) == []


def test_captures_that_are_fetched_out_of_their_order_were_not_posted_again(archive):
    for run in (10, 11, 12):
        for day, content in ((1, b"old"), (2, b"new")):
            captured, fetched = (datetime(2026, 9, it, tzinfo=UTC) for it in (day, run))
            archive.store(content, provenance(captured_at=captured, fetched_at=fetched))
    assert len(archive.sightings(SERIES)) == 4
    assert archive.posted_again(SERIES) == []


def test_an_undated_copy_says_nothing_of_what_was_posted_when(archive):
    for day, content in enumerate((b"old", b"new", b"old"), start=1):
        archive.store(
            content,
            provenance(captured_at=None, fetched_at=datetime(2026, 9, day, tzinfo=UTC)),
        )
    assert archive.posted_again(SERIES) == []


def test_the_last_etag_of_a_url_is_what_the_next_request_is_made_with(archive, tmp_path):
    archive.store(b"bytes", provenance())
    moved = provenance(
        response_headers={"etag": '"2"'}, fetched_at=datetime(2026, 9, 2, tzinfo=UTC)
    )
    archive.store(b"bytes", moved)
    assert Archive(tmp_path).last_for_url(URL).response_headers == {"etag": '"2"'}
    assert archive.last_for_url("https://www.ice.gov/other.xlsx") is None


def test_a_flipped_bit_is_found_and_the_remedy_mends_it(archive, tmp_path):
    vintage_id, _ = archive.store(b"bytes", provenance())
    path = tmp_path / vintage_id[:2] / vintage_id
    path.write_bytes(b"bytez")
    with pytest.raises(ArchiveError, match=r"found bytes of sha256 .*delete it and run again"):
        archive.read(vintage_id)
    path.unlink()
    with pytest.raises(ArchiveError, match="no such file"):
        archive.read(vintage_id)
    assert archive.last_for_url(URL) is None  # so that the next request is unconditional
    assert archive.store(b"bytes", provenance()) == (vintage_id, False)
    assert archive.read(vintage_id) == b"bytes"


def test_damaged_bytes_are_mended_when_the_agency_sends_them_again(archive, tmp_path):
    vintage_id, _ = archive.store(b"bytes", provenance())
    (tmp_path / vintage_id[:2] / vintage_id).write_bytes(b"bytez")
    archive.store(b"bytes", provenance())
    assert archive.read(vintage_id) == b"bytes"


def test_a_crash_before_the_sidecar_leaves_no_vintage_and_the_next_run_completes_it(tmp_path):
    real = Archive._write

    def dies_at_the_sidecar(archive, path, content):
        if path.suffix == ".json":
            raise KeyboardInterrupt
        real(archive, path, content)

    with patch.object(Archive, "_write", dies_at_the_sidecar), pytest.raises(KeyboardInterrupt):
        Archive(tmp_path).store(b"bytes", provenance())
    assert Archive(tmp_path).vintages(SERIES) == []
    assert Archive(tmp_path).last_for_url(URL) is None
    assert Archive(tmp_path).store(b"bytes", provenance())[1] is True
    assert len(Archive(tmp_path).vintages(SERIES)) == 1


def test_half_written_files_are_never_read_and_go_away_when_they_are_old(archive, tmp_path):
    archive.store(b"bytes", provenance())
    half, fresh = tmp_path / "incoming" / "ab.1", tmp_path / "incoming" / "cd.2"
    half.write_bytes(b"by")
    fresh.write_bytes(b"by")
    an_hour_ago = time.time() - archive_module.ABANDONED_AFTER_SECONDS - 1
    os.utime(half, (an_hour_ago, an_hour_ago))
    assert len(Archive(tmp_path).vintages(SERIES)) == 1
    assert not half.exists()
    assert fresh.exists()  # it may belong to another run that is writing it now


def test_a_line_of_sightings_that_a_crash_cut_short_harms_no_other(archive, tmp_path):
    archive.store(b"bytes", provenance())
    archive.store(b"bytes", provenance(fetched_from="https://x.gov/1"))
    with (tmp_path / "sightings.jsonl").open("ab") as file:
        file.write(b'{"vintage_id": "ab')
    Archive(tmp_path).store(b"bytes", provenance(fetched_from="https://x.gov/2"))
    places = [it.fetched_from for it in Archive(tmp_path).sightings(SERIES)]
    assert places == ["https://x.gov/1", "https://x.gov/2"]


def test_bytes_are_on_the_disk_before_they_have_their_name(archive, monkeypatch):
    """Proves the order of the calls; that a disk keeps its word no test can prove."""
    calls = []
    fsync, replace_file = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), fsync(fd))[1])
    monkeypatch.setattr(
        os, "replace", lambda a, b: (calls.append(Path(b).name), replace_file(a, b))[1]
    )
    vintage_id, _ = archive.store(b"bytes", provenance())
    bytes_at, sidecar_at = calls.index(vintage_id), calls.index(f"{vintage_id}.json")
    assert bytes_at < sidecar_at
    for named_at in (bytes_at, sidecar_at):
        assert calls[named_at - 1] == "fsync"
        assert calls[named_at + 1] == "fsync"


def test_a_full_disk_is_an_error_that_says_what_to_do_and_leaves_nothing_half(archive, tmp_path):
    with (
        patch("pathlib.Path.replace", side_effect=OSError(28, "No space left")),
        pytest.raises(ArchiveError, match=r"No space left.*Free some space"),
    ):
        archive.store(b"bytes", provenance())
    assert files_in(tmp_path) == {}
    assert archive.vintages(SERIES) == []


@pytest.mark.parametrize(
    "content",
    [b"{}", b"null", b"[1]", b"\xff", b'{"fetched_at": null}', b'{"fetched_at": "2026-09-01"}'],
)
def test_a_sidecar_that_is_no_sidecar_is_named_left_out_and_not_written_over(
    archive, tmp_path, content
):
    vintage_id, _ = archive.store(b"bytes", provenance())
    other, _ = archive.store(b"other", provenance(fetched_from="https://x.gov/other.xlsx"))
    path = tmp_path / vintage_id[:2] / f"{vintage_id}.json"
    path.write_bytes(content)
    opened = Archive(tmp_path)
    (damage,) = opened.damages
    assert f"{path}: found no readable sidecar" in damage
    assert "delete it and run again" in damage
    assert [it.vintage_id for it in opened.vintages(SERIES)] == [other]
    assert opened.last_for_url(URL) is None
    with pytest.raises(ArchiveError) as refused:
        opened.store(b"bytes", provenance())
    assert str(refused.value) == damage
    assert path.read_bytes() == content
    path.unlink()
    assert Archive(tmp_path).store(b"bytes", provenance()) == (vintage_id, True)
    assert Archive(tmp_path).damages == []


def test_a_lost_sidecar_is_written_anew_also_where_the_bytes_were_seen_again(archive, tmp_path):
    vintage_id, _ = archive.store(b"bytes", provenance())
    again = provenance(
        response_headers={"etag": '"2"'}, fetched_at=datetime(2026, 9, 2, tzinfo=UTC)
    )
    archive.store(b"bytes", again)
    assert len(archive.sightings(SERIES)) == 1
    (tmp_path / vintage_id[:2] / f"{vintage_id}.json").unlink()
    opened = Archive(tmp_path)
    assert opened.last_for_url(URL) is None  # so that the next request is unconditional
    assert opened.store(b"bytes", again) == (vintage_id, True)
    assert opened.last_for_url(URL).vintage_id == vintage_id


def test_bytes_held_for_another_series_are_refused_until_that_sidecar_is_deleted(archive, tmp_path):
    vintage_id, _ = archive.store(b"bytes", provenance())
    path = tmp_path / vintage_id[:2] / f"{vintage_id}.json"
    before = files_in(tmp_path)
    of_state = provenance(series=state_series().name, fetched_from="inbox/state/a.csv")
    with pytest.raises(ArchiveError) as refused:
        archive.store(b"bytes", of_state)
    message = str(refused.value)
    assert f"{path}: found series {SERIES.name}" in message
    assert f"expected {state_series().name}, as which they come now from inbox/state/a" in message
    assert "delete this sidecar and run again" in message
    assert files_in(tmp_path) == before
    path.unlink()
    assert Archive(tmp_path).store(b"bytes", of_state) == (vintage_id, True)
    assert Archive(tmp_path).vintages(SERIES) == []
    assert len(Archive(tmp_path).vintages(state_series())) == 1


def test_unknown_times_stay_unknown(archive, tmp_path):
    unknown = replace(
        provenance(),
        captured_at=None,
        captured_precision=None,
        publication_month=None,
        published_url=None,
    )
    archive.store(b"bytes", unknown)
    (sidecar,) = Archive(tmp_path).vintages(SERIES)
    assert sidecar.captured_at is None
    assert sidecar.publication_month is None
    assert sidecar.published_url is None
    assert archive.document(sidecar).captured_on is None
