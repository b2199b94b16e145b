import csv
import hashlib

import pytest

from orchestration.mirror.manifest import COLUMNS, ManifestError, read_manifest
from orchestration.mirror.serve import Mirror
from tests.fake_series import ice_series

CATALOG = {"ice_detention_statistics": ice_series()}


def write(folder, **changes):
    (folder / "a.xlsx").write_bytes(b"PK")
    row = {
        "path": "a.xlsx",
        "agency": "ICE",
        "series": "ice_detention_statistics",
        "published_name": "FY21.xlsx",
        "published_url": "https://www.ice.gov/doclib/detention/FY21.xlsx",
        "captured_at": "2021-02-11T01:05:40Z",
        "bytes": "2",
        "sha256": hashlib.sha256(b"PK").hexdigest(),
        "obtained_from": "",
    } | changes
    with (folder / "manifest.csv").open("w", newline="") as file:
        lines = csv.DictWriter(file, fieldnames=list(row))
        lines.writeheader()
        lines.writerow(row)


def refusal(folder):
    with pytest.raises(ManifestError) as caught, Mirror(folder, CATALOG):
        pass
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "precision"),
    [("2021-02-11T01:05:40Z", "second"), ("2021-02-11", "day"), ("2026-09", "month")],
)
def test_a_capture_is_as_precise_as_it_is_written(tmp_path, text, precision):
    write(tmp_path, captured_at=text)
    (row,) = read_manifest(tmp_path)
    assert row.capture.precision == precision


def test_what_is_not_known_is_none(tmp_path):
    write(tmp_path, captured_at="", published_url="")
    (row,) = read_manifest(tmp_path)
    assert (row.capture, row.published_url) == (None, None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"path": "b.xlsx"}, "found no file b.xlsx"),
        ({"path": "../a.xlsx"}, "expected a path inside the folder"),
        ({"path": "/etc/passwd"}, "expected a path inside the folder"),
        ({"path": ""}, "expected a path inside the folder"),
        ({"bytes": "3"}, "found 3 bytes stated and 2 in the file"),
        ({"sha256": "xyz"}, "found 'xyz'; expected 64 hex digits"),
        ({"captured_at": "last week"}, "found 'last week'"),
        ({"published_url": "http://www.ice.gov/a.xlsx"}, "expected an https URL"),
        ({"series": "ice_detention"}, "expected one of ice_detention_statistics"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(tmp_path, changes, said):
    write(tmp_path, **changes)
    message = refusal(tmp_path)
    assert said in message
    assert "line 2" in message
    assert str(tmp_path / "manifest.csv") in message


def test_a_symbolic_link_out_of_the_folder_is_refused(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"PK")
    (folder / "link.xlsx").symlink_to(tmp_path / "secret")
    write(folder, path="link.xlsx")
    assert "expected a path inside the folder" in refusal(folder)


def test_a_folder_without_a_manifest_is_told_what_to_write(tmp_path):
    assert ", ".join(COLUMNS) in refusal(tmp_path)


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "manifest.csv").write_text("path,agency\n")
    assert "found no column series, published_name" in refusal(tmp_path)


def test_the_real_manifest_is_read(publications):
    assert len(read_manifest(publications)) == 112


def test_a_manifest_saved_by_a_spreadsheet_is_read(tmp_path):
    write(tmp_path)
    manifest = tmp_path / "manifest.csv"
    manifest.write_bytes(b"\xef\xbb\xbf" + manifest.read_bytes())
    assert len(read_manifest(tmp_path)) == 1


@pytest.mark.parametrize("content", ["path,ü\n".encode("latin-1"), b'path,"\n'])
def test_a_manifest_that_cannot_be_read_says_how_to_save_it(tmp_path, content):
    (tmp_path / "manifest.csv").write_bytes(content)
    assert "Save it as CSV, UTF-8." in refusal(tmp_path)
