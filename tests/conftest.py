"""Shared fixtures. Real publications lie outside the checkout and are never copied into it.

``BORDER_TEST_PUBLICATIONS`` names their folder. Without it they are looked for beside the checkout.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "publications"
PUBLICATIONS = Path(os.environ.get("BORDER_TEST_PUBLICATIONS") or BESIDE)
#: figures that were read in publications lie beside their folder
SHARED = PUBLICATIONS.parent
BORDER = Path(sys.executable).with_name("border")


@pytest.fixture(scope="session")
def publications() -> Path:
    """The folder of real publications; the test is skipped where it is absent."""
    if not (PUBLICATIONS / "manifest.csv").is_file():
        pytest.skip(f"no real publications in {PUBLICATIONS} (BORDER_TEST_PUBLICATIONS)")
    return PUBLICATIONS


def border(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command `border` in a home, as a person would."""
    return subprocess.run(
        [str(BORDER), *arguments],
        env=os.environ | {"BORDER_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _home_after_one_run(
    name: str, source: str, exit_code: int, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home after one cold run; built once, whatever the number of test processes.

    While a test is written, ``BORDER_TEST_<NAME>_HOME`` may name such a home that stands already.
    """
    ready = os.environ.get(f"BORDER_TEST_{name.upper()}_HOME")
    if ready:
        return Path(ready)
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    home, done = shared / f"{name}_home", shared / f"{name}_done"
    with (shared / f"{name}_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            run = border(home, "run", "--source", source)
            assert run.returncode == exit_code, run.stdout + run.stderr
            done.write_text(run.stdout)
    return home


@pytest.fixture(scope="session")
def real_home(publications: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after a cold run on all real publications. Read it; never change it.

    Exit code 3: two facility tables are quarantined, each with a true reason.
    """
    return _home_after_one_run("real", str(publications), 3, tmp_path_factory)


@pytest.fixture(scope="session")
def real_version(real_home: Path) -> Path:
    """The published border.duckdb of the real publications."""
    return real_home / "published" / "border.duckdb"


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after a cold run on the bundled sample. Read it; never change it."""
    return _home_after_one_run("sample", "sample", 0, tmp_path_factory)


@pytest.fixture(scope="session")
def sample_version(sample_home: Path) -> Path:
    """The published border.duckdb of the bundled sample."""
    return sample_home / "published" / "border.duckdb"


#: The files that take longest, longest first: what starts whole runs or builds, and browsers.
LONGEST = (
    "integration/test_new_vintage.py",
    "golden/test_marts_real.py",  # makes the real home meanwhile
    "integration/test_running_again.py",
    "golden/test_corrections.py",
    "browser/test_site_in_chromium.py",
    "fault/test_a_run_is_killed.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """With --dist loadfile, files are handed out in the order below, not by their many tests."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin and the short unit tests end, so all processes end together.

    Every test that takes ``publications``, directly or not, is marked ``real``.
    """
    tests = Path(__file__).parent
    places = {tests / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: (places.get(item.path, len(places)), "unit" in item.path.parts))
    for item in items:
        if "publications" in getattr(item, "fixturenames", ()):
            item.add_marker("real")
