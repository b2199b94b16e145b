"""Readers in other processes while versions are published, and a publisher that is killed."""

import json
import subprocess

import pytest

from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.connection import WarehouseBusyError
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import open_published, stable_path
from tests.build_file import make_build
from tests.editions import publish_edition, read_while_publishing, start
from tests.golden.comparison import mart_hashes

SWAPS = 20
READERS = 4

#: Opens the stable path again and again; in each connection asks twice, some time apart.
READER = """
import json, sys, time
from pathlib import Path
import duckdb
stable, stop, answer = sys.argv[1:]
seen, mixed, looks = [], [], 0
while True:
    ending = Path(stop).exists()
    with duckdb.connect(stable, read_only=True) as connection:
        held = []
        for _ in range(2):
            held += connection.sql("select version from meta.about").fetchall()
            held += connection.sql("select distinct version from marts.edition").fetchall()
            time.sleep(0.01)
    looks += 1
    if len(set(held)) != 1:
        mixed.append(held)
    if held[0][0] not in seen:
        seen.append(held[0][0])
    if ending:
        break
Path(answer).write_text(json.dumps({"seen": seen, "mixed": mixed, "looks": looks}))
"""

#: Holds one connection; answers each line it is sent with the version it reads.
HOLDER = """
import sys
import duckdb
held = duckdb.connect(sys.argv[1], read_only=True)
for line in sys.stdin:
    if line.strip() == "open again":
        held.close()
        held = duckdb.connect(sys.argv[1], read_only=True)
    asked = duckdb.connect(sys.argv[1], read_only=True) if "second" in line else held
    print(asked.sql("select version from marts.edition").fetchone()[0], flush=True)
    if asked is not held:
        asked.close()
"""

#: Publishes the built file, and is killed by SIGKILL when it comes to the named function.
KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse import publish, versions
def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
module, name = sys.argv[2].split(".")
setattr(sys.modules["orchestration.warehouse." + module], name, kill)
publish.publish(Settings(home=Path(sys.argv[1])), "live", "killed", "accepted-2")
"""


#: Holds the warehouse as a run does, until its input ends.
BUSY = """
import sys
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse_lock
with warehouse_lock(Settings(home=Path(sys.argv[1]))):
    print("busy", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def test_readers_see_whole_versions_and_no_error_while_twenty_are_published(settings, tmp_path):
    published, answers = read_while_publishing(
        settings, tmp_path, READER, readers=READERS, swaps=SWAPS, pause=0.05
    )
    for answer in answers:
        assert answer["mixed"] == []
        assert answer["looks"] >= SWAPS
        assert answer["seen"] == [name for name in published if name in answer["seen"]]
        assert len(answer["seen"]) > SWAPS / 2
        assert answer["seen"][-1] == published[-1]


def test_a_held_connection_keeps_its_version_and_a_new_one_sees_the_new(settings):
    old = publish_edition(settings)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with start(HOLDER, stable_path(settings), **pipes) as holder:

        def ask(question):
            holder.stdin.write(f"{question}\n")
            holder.stdin.flush()
            return holder.stdout.readline().strip()

        assert ask("held") == old
        new = publish_edition(settings)
        with open_published(settings) as connection:
            assert (
                connection.sql("select any_value(version) from marts.edition").fetchone()[0] == new
            )
        assert ask("held") == old
        # DuckDB keeps one database per path and process: a second connection joins the first.
        assert ask("a second connection beside it") == old
        assert ask("open again") == new
        holder.stdin.close()


def test_a_reader_keeps_its_version_even_when_retention_removes_it(tmp_path):
    settings = Settings(home=tmp_path, keep_versions=1)
    old = publish_edition(settings)
    with open_published(settings) as held:
        publish_edition(settings)
        publish_edition(settings)
        assert not (settings.published / old).exists()
        assert held.sql("select version, count(*) from marts.edition group by 1").fetchall() == [
            (old, 50000)
        ]


def test_nothing_is_published_while_another_process_is_at_work_in_the_warehouse(settings):
    first = publish_edition(settings)
    make_build(settings)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with start(BUSY, settings.home, **pipes) as busy:
        assert busy.stdout.readline() == "busy\n"
        with pytest.raises(WarehouseBusyError, match=str(busy.pid)):
            publish(settings, "live", "run-2", "accepted-1")
        busy.stdin.close()
    assert versions.current_version(settings) == first


@pytest.mark.parametrize(
    "at",
    [
        "publish._complete",
        "publish.write_package",
        "versions.make_current",
        "versions.write_whole",
        "versions.remove_old_versions",
    ],
)
def test_a_publish_that_is_killed_leaves_a_whole_version_and_the_next_one_ends_the_same(
    settings, at
):
    first = publish_edition(settings)
    make_build(settings, october=69032)
    hashes = mart_hashes(settings.build)
    killed = start(KILLED, settings.home, at)
    assert killed.wait(timeout=60) == -9
    now = versions.about(settings)
    stable = mart_hashes(stable_path(settings))
    assert (stable == hashes) == (now.version != first)
    for version in versions.list_versions(settings):
        assert (version.path / "release_notes.md").is_file()
    last = publish(settings, "live", "run-2", "accepted-1")
    assert versions.about(settings).version == last.version
    assert mart_hashes(stable_path(settings)) == hashes
    assert not list(settings.published.glob(".tmp-*"))
    current = json.loads((settings.published / "current.json").read_text())
    assert current["version"] == last.version
