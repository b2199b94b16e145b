"""What lies on the disk is not what was written: `border verify` finds it and says how to mend it.

That a lost ledger is made again from the archive is proven in tests/integration.
"""

import json
import shutil

import pytest

from orchestration.acquire.archive import Archive
from orchestration.acquire.verify import verify_archive
from orchestration.warehouse import ledger
from tests.conftest import border
from tests.fault.agencies import GOOD, GOOD_FIGURES, ICE, STATE, WORKBOOK, state_file, state_url


def path_of(agencies, series=STATE):
    (sidecar,) = Archive(agencies.settings.archive).vintages(series)
    return agencies.settings.archive / sidecar.vintage_id[:2] / sidecar.vintage_id


def flip_a_bit(agencies):
    path = path_of(agencies)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path, content


def the_damage(agencies):
    (damage,) = verify_archive(agencies.settings).damages
    assert str(damage).isprintable()
    return str(damage)


def test_an_archive_as_it_was_written_has_no_damage(agencies):
    run = border(agencies.settings.home, "verify")
    assert run.returncode == 0
    assert run.stdout.startswith("2 vintages, ")
    assert "all as archived" in run.stdout


@pytest.mark.fault(
    "an archived file with a flipped bit",
    "`border verify` names it and ends with code 1. A run opens no file that is loaded: what was "
    "loaded of it stands. Deleted, it is downloaded anew",
    "which file, its sha256 now, and to copy it from a backup or delete it and run again",
)
def test_a_flipped_bit_is_found_and_mended_as_the_message_says(agencies):
    path, content = flip_a_bit(agencies)
    run = border(agencies.settings.home, "verify")
    assert run.returncode == 1
    assert f"{path}: found {len(content):,} bytes of sha256 " in run.stdout
    assert "Copy this one file back from a backup; or delete it and run again" in run.stdout
    assert "1 damages" in run.stdout
    assert agencies.take(STATE).errors == []
    assert agencies.figures() == GOOD_FIGURES

    path.unlink()
    assert agencies.take().errors == []
    assert border(agencies.settings.home, "verify").returncode == 0


@pytest.mark.fault(
    "an archived file with a flipped bit, which is to be read again (another reader, a new ledger)",
    "the run names it and reads all others; what was loaded of it stands, where there is a ledger",
    "which file, its sha256 now, and to copy it from a backup or delete it and run again",
)
def test_a_flipped_bit_is_found_when_the_file_is_read_again(agencies, monkeypatch):
    path, _ = flip_a_bit(agencies)
    monkeypatch.setattr(ledger, "reader_version", lambda: "another")
    taken = agencies.take()
    (error,) = taken.errors
    assert f"{path}: found bytes of sha256" in error
    assert "delete it and run again" in error
    assert [it.published_name for it in taken.loaded] == [WORKBOOK]
    assert agencies.figures() == GOOD_FIGURES
    path.unlink()
    assert agencies.take().errors == []
    assert agencies.take().loaded == []


def test_a_run_opens_only_the_files_that_it_has_not_loaded(agencies, monkeypatch):
    new = agencies.post(STATE, state_url("FEB"), state_file("FEB"))
    opened = []

    def read(archive, vintage_id, whole=Archive.read):
        opened.append(vintage_id)
        return whole(archive, vintage_id)

    agencies.acquire()
    monkeypatch.setattr(Archive, "read", read)
    assert [it.vintage_id for it in agencies.load()] == [new]
    assert agencies.load() == []
    assert opened == [new]


@pytest.mark.fault(
    "an archived file that is gone",
    "`border verify` names it; the next run downloads it anew",
    "which file, and to copy it from a backup or run again",
)
def test_a_lost_file_is_named_and_downloaded_anew(agencies):
    path = path_of(agencies)
    path.unlink()
    assert f"{path}: found no such file" in the_damage(agencies)
    agencies.take()
    assert verify_archive(agencies.settings).damages == []


@pytest.mark.fault(
    "a sidecar that is gone",
    "`border verify` names it; the next run completes it from the agency's answer",
    "which file, and to run again or copy it from a backup",
)
def test_a_lost_sidecar_is_named_and_completed(agencies):
    path = path_of(agencies).with_suffix(".json")
    path.unlink()
    assert f"{path}: found no such file" in the_damage(agencies)
    agencies.take()
    assert verify_archive(agencies.settings).damages == []


@pytest.mark.fault(
    "a sidecar that is gone, of a file that was seen again since under another ETag",
    "the next run completes it all the same",
    "which file, and to run again or copy it from a backup",
)
def test_a_lost_sidecar_is_completed_also_where_the_file_was_seen_again(agencies):
    path = path_of(agencies).with_suffix(".json")
    path.write_text(path.read_text().replace(path.stem + '\\"', 'before\\"'))  # its ETag
    assert agencies.take(STATE).results[STATE.name].seen == 1
    assert len(Archive(agencies.settings.archive).sightings(STATE)) == 1
    path.unlink()
    assert agencies.take(STATE).new == [path.stem]
    assert verify_archive(agencies.settings).damages == []


@pytest.mark.fault(
    "a sidecar with a wrong day of capture (mistyped in manifest.csv, and mended there)",
    "the run names it. Deleted, it is written anew, and its file is judged again",
    "the sidecar, both days, and to delete the sidecar or mend the manifest",
)
def test_a_file_whose_sidecar_is_written_anew_is_judged_anew(agencies):
    path = path_of(agencies).with_suffix(".json")
    path.write_text(path.read_text().replace("2024-02-20T", "2024-02-21T"))
    (error,) = agencies.acquire(STATE).errors
    assert f"{path}: found {GOOD} captured 2024-02-21" in error
    path.unlink()
    assert [it.published_name for it in agencies.take(STATE).loaded] == [GOOD]
    assert agencies.take(STATE).loaded == []
    assert agencies.figures() == GOOD_FIGURES


@pytest.mark.fault(
    "a sidecar that is no sidecar, or that of another file",
    "the run and `border verify` name it. Its file is left out and all others are taken; it is "
    "never taken for what it is not, and written over by nothing",
    "which file, and to copy it from a backup or delete it and run again",
)
@pytest.mark.parametrize("content", ["{}", "half a li", '{"vintage_id": 1}', "another's"])
def test_a_damaged_sidecar_is_named(agencies, content):
    path = path_of(agencies).with_suffix(".json")
    if content == "another's":
        content = path_of(agencies, ICE).with_suffix(".json").read_text()
    path.write_text(content)
    damage = the_damage(agencies)
    assert str(path) in damage
    assert "or delete it and run again" in damage

    new = agencies.post(STATE, state_url("FEB"), state_file("FEB"))
    taken = agencies.take()
    assert taken.new == [new]
    (error,) = taken.errors
    assert error.startswith(f"{path}: found ")
    assert "or delete it and run again" in error
    assert Archive(agencies.settings.archive).damages == [error]
    assert path.read_text() == content
    path.unlink()
    assert agencies.take().errors == []
    assert verify_archive(agencies.settings).damages == []


@pytest.mark.fault(
    "a sidecar with another size than its file",
    "`border verify` names it",
    "both sizes, and to copy it from a backup or delete it and run again",
)
def test_a_size_that_does_not_agree_is_named(agencies):
    path = path_of(agencies).with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"bytes": 1}))
    assert "found bytes = 1; expected" in the_damage(agencies)


@pytest.mark.fault(
    "a stranger's file in the archive, and a line of sightings cut short",
    "neither is read; `border verify` names both",
    "to take the file away, and to delete the line",
)
def test_what_the_archive_did_not_write_is_named(agencies):
    stranger = path_of(agencies).with_name("notes.txt")
    stranger.write_text("")
    (agencies.settings.archive / "sightings.jsonl").write_text('{"vintage_id": "ab\n')
    damages = [str(damage) for damage in verify_archive(agencies.settings).damages]
    assert len(damages) == 2
    assert f"{stranger}: found a file that the archive does not write" in damages[0]
    assert "line 1: no readable sighting" in damages[1]
    assert agencies.take().errors == []


@pytest.mark.fault(
    "a vintage of the published version of which nothing is left in the archive",
    "`border verify` names it by what the published version knows",
    "its published name, and to copy it from a backup or run again",
)
def test_a_vintage_that_is_gone_altogether_is_named_by_the_published_version(sample_home, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(sample_home / "archive", home / "archive")
    shutil.copytree(sample_home / "published", home / "published")
    assert border(home, "verify").returncode == 0
    for path in (home / "archive").glob("??/*.json"):
        if "FY21_detentionStats10012021" in path.read_text():
            path.with_suffix("").unlink()
            path.unlink()
    run = border(home, "verify")
    assert run.returncode == 1
    assert "found neither the bytes nor their sidecar" in run.stdout
    assert "FY21_detentionStats10012021.xlsx, which is in the published version" in run.stdout
