"""A full disk, on a small one of its own (tmpfs, which root alone may mount), and a power cut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.publish import publish
from tests.build_file import change_build, make_build
from tests.conftest import border
from tests.fault.agencies import GOOD_FIGURES, STATE, state_file, state_url
from tests.golden.comparison import mart_hashes

MIB = 2**20
PAGE = os.sysconf("SC_PAGE_SIZE")


class SmallDisk:
    """A disk of its own with little room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def leave(self, room: int) -> None:
        """Fill it but for so many bytes."""
        self.empty()
        free = shutil.disk_usage(self.folder).free
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free - room)

    def empty(self) -> None:
        """Take the filling away again."""
        self._filler.unlink(missing_ok=True)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[SmallDisk]:
    folder = tmp_path / "small-disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount the small disk that this test fills")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk could be mounted here: {mounted.stderr.strip()}")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "room_after_the_bytes",
    [
        pytest.param(
            -PAGE, id="bytes",
            marks=pytest.mark.fault(
                "disk full while a download is written",
                "nothing half written is read; the next run downloads it again",
                "the archive's folder, how many bytes, and to free some space and run again",
            ),
        ),
        pytest.param(
            0, id="sidecar",
            marks=pytest.mark.fault(
                "disk full while the archive's sidecar is written",
                "bytes without a sidecar are no vintage; the next run completes it",
                "the archive's folder, and to free some space and run again",
            ),
        ),
    ],
)  # fmt: skip
def test_a_full_disk_while_archiving_loses_nothing(agencies, small_disk, room_after_the_bytes):
    content = state_file("FEB") + b"\r\n" * 50_000
    newer = agencies.post(STATE, state_url("FEB"), content, "2024-03-20")
    home = replace(agencies.settings, home=small_disk.folder / "home")
    shutil.copytree(agencies.settings.home, home.home)
    agencies.settings = home
    before = agencies.held()
    small_disk.leave(-(-len(content) // PAGE) * PAGE + room_after_the_bytes)

    (error,) = agencies.acquire(STATE).errors
    assert str(home.archive) in error
    assert "No space left on device" in error
    assert "Free some space" in error
    assert agencies.held() == before
    assert not list((home.archive / "incoming").iterdir())

    small_disk.empty()
    taken = agencies.acquire(STATE)
    assert (taken.errors, taken.new) == ([], [newer])
    assert agencies.held() == before | {newer}


@pytest.mark.fault(
    "disk full while rows are loaded",
    "the transaction is undone: no row and no verdict of it stays; the next run loads it",
    "'No space left on device', and what `border run` says of a full disk",
)
def test_a_full_disk_while_loading_leaves_the_ledger_as_it_was(agencies, small_disk):
    agencies.post(STATE, state_url("FEB"), state_file("FEB"), "2024-03-20")
    agencies.acquire(STATE)
    home = small_disk.folder / "home"
    shutil.copytree(agencies.settings.home, home)
    agencies.settings = replace(agencies.settings, home=home)
    small_disk.leave(0)

    with pytest.raises((duckdb.Error, OSError), match="No space left"):
        agencies.load(STATE)

    small_disk.empty()
    assert agencies.figures() == GOOD_FIGURES
    assert [it.status for it in agencies.load(STATE)] == ["accepted"]
    assert agencies.figures() == GOOD_FIGURES | {"2024-02": 120.0}


@pytest.mark.fault(
    "disk full while a version is written",
    "readers keep the last version; the next run removes the half one and publishes",
    "'No space left on device', and what `border run` says of a full disk",
)
def test_a_full_disk_while_publishing_leaves_readers_what_they_had(small_disk):
    settings = Settings(home=small_disk.folder / "home")
    make_build(settings)
    first = publish(settings, "live", "run-1", "one").version
    make_build(settings, october=69032)
    change_build(settings, "create table marts.large as select random() as x from range(500_000)")
    wanted = mart_hashes(settings.build)
    hashes = mart_hashes(settings.published / "border.duckdb")
    build = settings.build.stat().st_size
    for room in (build // 2, build + build // 2):
        small_disk.leave(room)
        with pytest.raises((duckdb.Error, OSError), match="No space left"):
            publish(settings, "live", "run-2", "two")
        assert versions.current_version(settings) == first
        assert mart_hashes(settings.published / "border.duckdb") == hashes
        assert [it.version for it in versions.list_versions(settings)] == [first]
    small_disk.empty()
    second = publish(settings, "live", "run-3", "two").version
    assert versions.current_version(settings) == second
    assert mart_hashes(settings.published / "border.duckdb") == wanted
    assert not list(settings.published.glob(".tmp-*"))


@pytest.mark.fault(
    "disk full in the middle of `border run`",
    "exit code 1; the last version keeps serving; with room again the next run ends well",
    "one error without a trace of the program: free some space and run again",
)
@pytest.mark.parametrize("room", [0, 3 * MIB])
def test_a_run_on_a_full_disk_says_what_to_do(sample_home, small_disk, room):
    home = small_disk.folder / "home"
    shutil.copytree(sample_home, home)
    settings = Settings(home=home)
    version = versions.current_version(settings)
    (home / "published" / "current.json").unlink()  # as if something new had come
    small_disk.leave(room)

    run = border(home, "run")

    assert run.returncode == 1, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert "Free some space" in run.stderr
    assert versions.current_version(settings) == version
    assert border(home, "query", "select count(*) from marts.border_monthly").returncode == 0

    small_disk.empty()
    if room:
        again = border(home, "run")
        assert again.returncode == 0, again.stdout + again.stderr
        assert mart_hashes(settings.published / "border.duckdb") == mart_hashes(
            sample_home / "published" / "border.duckdb"
        )


@pytest.mark.fault(
    "power cut while a version is published",
    "every file of a version is flushed before the version has its name, and the name before "
    "readers are shown it; the test proves the order of the calls and no more",
)
def test_a_version_is_on_the_disk_before_it_has_its_name_and_before_it_is_shown(
    tmp_path, monkeypatch
):
    settings = Settings(home=tmp_path)
    make_build(settings)
    calls: list[tuple[str, str]] = []
    real = {name: getattr(os, name) for name in ("fsync", "rename", "replace")}

    def fsync(descriptor):
        calls.append(("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        return real["fsync"](descriptor)

    def moved(name):
        def move(source, target):
            calls.append((name, str(target)))
            return real[name](source, target)

        return move

    monkeypatch.setattr(os, "fsync", fsync)
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, moved(name))
    published = publish(settings, "live", "run-1", "one")

    def place(kind, path):
        return calls.index((kind, str(path)))

    unfinished = settings.published / f".tmp-{published.version}"
    named = place("rename", published.path)
    files = {path.relative_to(published.path) for path in published.path.rglob("*")}
    assert len(files) > 6
    for path in files:
        assert place("fsync", unfinished / path) < named
    assert place("fsync", unfinished) < named
    shown = place("replace", settings.published / "border.duckdb")
    folder = [at for at, call in enumerate(calls) if call == ("fsync", str(settings.published))]
    assert any(named < at < shown for at in folder), "the name is on the disk before it is shown"
    assert any(at > shown for at in folder)
    assert place("replace", settings.published / "current.json") > shown
