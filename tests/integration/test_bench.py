"""What the bench is made of: many times the sample's vintages, and the plain script beside us."""

import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import growth
import measured
import more_vintages
import pytest

import bench
from orchestration.mirror.manifest import ManifestRow, read_manifest
from orchestration.mirror.sample import sample_publications, write_publications
from orchestration.mirror.site import Site
from orchestration.read.reading import Document
from orchestration.series.catalog import SERIES

NOT_MULTIPLIED = {"cbp_border_patrol_history", "cbp_custody_transfers"}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[ManifestRow]:
    folder = tmp_path_factory.mktemp("twice")
    write_publications(folder, more_vintages.publications(2))
    return read_manifest(folder)


def test_twice_the_vintages_of_each_series_that_grows_stand_on_the_mirrored_sites(twice):
    once = Counter(publication.series for publication in sample_publications())
    expected = {series: n if series in NOT_MULTIPLIED else 2 * n for series, n in once.items()}
    assert Counter(row.series for row in Site.of(twice, SERIES).copies.values()) == expected


def test_each_further_vintage_is_later_covers_the_same_months_and_restates_some_figures(twice):
    of_series = defaultdict(list)
    for row in twice:
        of_series[row.series].append(row)
    for series in of_series.keys() - NOT_MULTIPLIED:
        before, after = sorted(of_series[series], key=lambda row: row.capture.moment)[-2:]
        assert before.capture.moment < after.capture.moment
        was, now = (SERIES[series].read(_document(row)) for row in (before, after))
        assert was.coverage == now.coverage
        assert not now.problems or {one.rule for one in now.problems} == {"table_missing"}
        assert was.content_sha256() != now.content_sha256()


def _document(row: ManifestRow) -> Document:
    captured: date = row.capture.moment.date()
    return Document(row.file.read_bytes(), row.published_name, captured)


def test_the_plain_script_makes_the_same_figures_from_the_sample_as_the_marts_hold(
    sample_home: Path, sample_version: Path, tmp_path: Path
):
    output = tmp_path / "script.duckdb"
    script = [sys.executable, str(growth.PLAIN), str(sample_home / "sample"), str(output)]
    subprocess.run(script, check=True)
    growth.compare(1, sample_version, output)  # SystemExit where they differ


def test_without_a_folder_of_real_publications_the_bench_says_so_and_the_next_one_runs(
    monkeypatch, capsys, tmp_path: Path
):
    monkeypatch.setenv("BORDER_TEST_PUBLICATIONS", str(tmp_path))
    bench.main([])
    assert f"no manifest.csv in {tmp_path}" in capsys.readouterr().out


def test_a_folder_that_is_named_to_the_bench_and_holds_no_publications_is_an_error(tmp_path: Path):
    with pytest.raises(SystemExit, match=f"no manifest.csv in {tmp_path}"):
        bench.main([str(tmp_path)])


def test_the_workbook_that_arrives_last_is_left_out_of_the_first_run(sample_home, tmp_path: Path):
    late = bench.newest_workbook(sample_home / "sample")
    most = bench.folder_without(late, sample_home / "sample", tmp_path / "most")
    there, here = read_manifest(sample_home / "sample"), read_manifest(most)
    (left_out,) = {row.file.name for row in there} - {row.file.name for row in here}
    assert left_out == Path(late).name
    of_ice = [row for row in there if row.series == "ice_detention_statistics"]
    assert left_out == max(of_ice, key=lambda row: row.capture.moment).file.name


def test_memory_that_two_processes_share_counts_once_in_the_peak_of_all(tmp_path: Path):
    shared, interpreters = 50_000_000, 40_000_000
    forked = f"import os, time; held = b'x' * {shared}; os.fork(); time.sleep(2)"
    run = measured.measure([sys.executable, "-c", forked], tmp_path)
    assert run.exit_code == 0, run.said
    assert run.largest > shared
    assert shared < run.peak < shared + interpreters
