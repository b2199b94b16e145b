"""Shared fixtures. Real publications lie beside the checkout and are never copied into it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
PUBLICATIONS = SHARED / "publications"


@pytest.fixture(scope="session")
def publications() -> Path:
    """The folder of real publications; the test is skipped where it is absent."""
    if not (PUBLICATIONS / "manifest.csv").is_file():
        pytest.skip(f"the real publications are not beside this checkout ({PUBLICATIONS})")
    return PUBLICATIONS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that takes ``publications`` is marked ``real``."""
    for item in items:
        if "publications" in getattr(item, "fixturenames", ()):
            item.add_marker("real")
