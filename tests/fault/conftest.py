"""Every test here has a marker ``fault(what, happens, told)``: a row of docs/reliability.md."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from urllib3.util import connection
from urllib3.util.retry import Retry

from tests.fault.agencies import GOOD_FIGURES, Agencies


@pytest.fixture(scope="session")
def good_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has taken and loaded one good publication of CBP and one of ICE."""
    first = Agencies(tmp_path_factory.mktemp("good"))
    with first.mirror:
        assert first.take().errors == []
    assert first.figures() == GOOD_FIGURES
    return first.settings.home


@pytest.fixture
def agencies(
    good_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Agencies]:
    """CBP and ICE with one good publication each, which the home holds; no other can be reached.

    Whoever asks for another address than the mirror's fails the test before any packet leaves.
    Waits between tries take no time.
    """
    shutil.copytree(good_home, tmp_path / "home")
    agencies = Agencies(tmp_path)
    mirror = ("127.0.0.1", int(agencies.mirror.url.rpartition(":")[2]))
    connect, look_up = connection.create_connection, socket.getaddrinfo

    def only_the_mirror(address, *arguments, **options):
        assert address == mirror, f"a connection to {address} was made"
        return connect(address, *arguments, **options)

    def no_name_server(host, *arguments, **options):
        assert host == "127.0.0.1", f"the address of {host} was asked for"
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(connection, "create_connection", only_the_mirror)
    monkeypatch.setattr(socket, "getaddrinfo", no_name_server)
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)
    with agencies.mirror:
        yield agencies
