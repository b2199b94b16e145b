"""What the bench is made of: many times the sample's vintages, and the plain script beside us."""

import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import growth
import more_vintages
import pytest

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
