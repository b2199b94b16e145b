"""Every vintage loaded in the order in which it became known, and all marts built at every day.

What they say on a day must be what the finished file, made in one run from all vintages at once,
answers for that day: row by row, in every mart that has a past. There are no exceptions.
"""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from orchestration.acquire.archive import Archive
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse
from orchestration.warehouse.load import load
from tests.golden.comparison import mart_hashes
from tests.replay.capture_order import vintages_by_day
from tests.replay.compiled_models import CompiledModels


def days_of_a_growing_warehouse(home: Path, place: Path) -> Iterator[tuple[date, dict[str, str]]]:
    """Each day on which ``home`` learnt of a vintage, and the hashes of the marts built then."""
    settings = Settings(home=place)
    place.mkdir()
    shutil.copytree(home / "archive", settings.archive)
    archive = Archive(settings.archive)
    sidecars = {it.vintage_id: it for series in SERIES.values() for it in archive.vintages(series)}
    models = CompiledModels(settings, home)
    with warehouse(settings) as connection:
        for series in SERIES.values():
            load(connection, series, [], "nothing yet")
    for day, vintage_ids in vintages_by_day(home).items():
        with warehouse(settings) as connection:
            for vintage_id in vintage_ids:
                sidecar = sidecars[vintage_id]
                document = archive.document(sidecar)
                load(connection, SERIES[sidecar.series], [(asdict(sidecar), document)], str(day))
            models.build(connection)
        yield day, mart_hashes(settings.build)


def differing_marts(home: Path, place: Path) -> dict[str, list[str]]:
    """By mart, the days on which the finished file of ``home`` answers something else."""
    finished = home / "published" / "border.duckdb"
    differing: dict[str, list[str]] = {}
    for day, then in days_of_a_growing_warehouse(home, place):
        answers = mart_hashes(finished, as_of=day)
        assert then.keys() == answers.keys() != set()
        for mart in answers:
            if answers[mart] != then[mart]:
                differing.setdefault(mart, []).append(str(day))
    return differing


@pytest.mark.timeout(1800)
def test_the_finished_file_answers_for_every_day_what_the_real_vintages_known_then_made(
    real_home, tmp_path
):
    assert len(vintages_by_day(real_home)) > 100
    assert differing_marts(real_home, tmp_path / "home") == {}


@pytest.mark.timeout(900)
def test_the_finished_file_answers_for_every_day_what_the_sample_known_then_made(
    sample_home, tmp_path
):
    assert len(vintages_by_day(sample_home)) > 20
    assert differing_marts(sample_home, tmp_path / "home") == {}
