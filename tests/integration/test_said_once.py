"""What is no series' own is said once by a run, whose seven series are all taken."""

import json
import shutil

from orchestration.acquire.archive import Archive
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from tests.conftest import border

STATE = SERIES["cbp_nationwide_encounters_state"]


def test_a_damaged_sidecar_and_files_that_cannot_be_taken_are_named_once_and_stop_nothing(
    sample_home, tmp_path
):
    home = tmp_path / "home"
    shutil.copytree(sample_home, home)
    settings = Settings(home=home)
    vintage = Archive(settings.archive).vintages(STATE)[0]
    sidecar = settings.archive / vintage.vintage_id[:2] / f"{vintage.vintage_id}.json"
    sidecar.write_text("{}")
    real = settings.inbox / STATE.name / "nationwide-encounters-fy23-fy26-jul-state.csv"
    stray = settings.inbox / "cbp_encounters"
    for folder in (real.parent, stray):
        folder.mkdir(parents=True)
    real.write_text("Fiscal Year,State\n2026,TX\n")

    run = border(home, "run")
    assert run.returncode == 3, run.stdout
    lines = run.stdout.splitlines()
    for said in (
        f"{sidecar}: found no readable sidecar",
        f"{real}: found a file in a home of the sample",
        f"{stray}: found a folder of no series",
    ):
        assert sum(f"not reached {said}" in line for line in lines) == 1, run.stdout
    assert "nothing new" in run.stdout
    assert real.exists()
    assert sidecar.read_text() == "{}"

    rebuilt = border(home, "rebuild")
    assert rebuilt.returncode == 3
    assert rebuilt.stdout.count(f"not reached {sidecar}: found no readable sidecar") == 1
    events = [json.loads(line) for line in (settings.logs / "events.jsonl").open()]
    assert sum(str(stray) in str(it.get("error")) for it in events) == 1
