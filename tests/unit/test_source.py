"""Where a home takes its publications from, and what it says of them."""

import json
from dataclasses import replace

import pytest

from orchestration.mirror.source import NOT_CHOSEN, Source, SourceError
from orchestration.settings import Settings


def archived(settings, mode):
    folder = settings.archive / "ab"
    folder.mkdir(parents=True)
    (folder / "ab12.json").write_text(json.dumps({"source_mode": mode}))


def test_a_home_that_lost_its_note_says_what_its_archive_holds(tmp_path):
    settings = Settings(home=tmp_path)
    assert Source.remembered(settings).mode == NOT_CHOSEN
    archived(settings, "sample")
    assert Source.remembered(settings).mode == "sample"


def test_the_sample_is_not_mixed_with_real_figures_even_where_the_note_is_lost(tmp_path):
    settings = Settings(home=tmp_path)
    archived(settings, "sample")
    with pytest.raises(SourceError, match="never mixed"):
        Source("live").remember(settings)


def test_figures_from_a_mirror_are_never_called_live(tmp_path):
    settings = Settings(home=tmp_path)
    Source("live").remember(settings)
    mirrored = replace(settings, mirror_url="http://127.0.0.1:8765")
    assert Source.remembered(mirrored).mode == "folder"
    with Source.remembered(mirrored).serving(mirrored, {}) as reached:
        assert (reached.source_mode, reached.mirror_url) == ("folder", mirrored.mirror_url)


def test_a_home_without_a_source_asks_nobody_and_says_how_to_choose_one(tmp_path):
    settings = Settings(home=tmp_path)
    source = Source.remembered(settings)
    with pytest.raises(SourceError, match="border run --source live"), source.serving(settings, {}):
        pass


def test_a_home_without_a_source_takes_from_the_mirror_that_is_set(tmp_path):
    mirrored = replace(Settings(home=tmp_path), mirror_url="http://127.0.0.1:8765")
    source = Source.remembered(mirrored)
    assert (source.mode, source.refusal(mirrored)) == ("folder", None)


def test_a_home_of_the_sample_asks_no_mirror(tmp_path):
    mirrored = replace(Settings(home=tmp_path), mirror_url="http://127.0.0.1:8765")
    Source("sample").remember(mirrored)
    sample = Source.remembered(mirrored)
    with pytest.raises(SourceError, match="Unset it"), sample.serving(mirrored, {}):
        pass


def test_a_folder_that_is_gone_is_named(tmp_path):
    settings, gone = Settings(home=tmp_path / "home"), tmp_path / "gone"
    Source("folder", gone).remember(settings)
    assert str(gone) in Source.remembered(settings).refusal(settings)
