"""Where a home takes its publications from, and what it says of them."""

import json
from dataclasses import replace

import pytest

from orchestration.mirror.source import Source, SourceError
from orchestration.settings import Settings


def archived(settings, mode):
    folder = settings.archive / "ab"
    folder.mkdir(parents=True)
    (folder / "ab12.json").write_text(json.dumps({"source_mode": mode}))


def test_a_home_that_lost_its_note_says_what_its_archive_holds(tmp_path):
    settings = Settings(home=tmp_path)
    assert Source.remembered(settings).mode == "live"
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
