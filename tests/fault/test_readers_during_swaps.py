"""Eight programs that read while twenty versions are published."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from orchestration.settings import Settings
from orchestration.warehouse import versions
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import stable_path
from tests.build_file import change_build, make_build

SWAPS, READERS, QUERIES = 20, 8, 10_000

#: As a BI tool does: holds the file for some time, asks, lets go. Every answer of one connection
#: must be of one version, and each table of a version says which it is of.
READER = """
import json, sys
from pathlib import Path
import duckdb
stable, stop, answer, least = sys.argv[1:]
seen, mixed, queries = [], [], 0
while queries < int(least) or not Path(stop).exists():
    with duckdb.connect(stable, read_only=True) as connection:
        (version,) = connection.execute("select version from meta.about").fetchone()
        for _ in range(49):
            found = connection.execute("select distinct version from marts.edition").fetchall()
            if found != [(version,)]:
                mixed.append([version, found])
        queries += 50
    if not seen or seen[-1] != version:
        seen.append(version)
Path(answer).write_text(json.dumps({"seen": seen, "mixed": mixed, "queries": queries}))
"""


@pytest.mark.fault(
    "eight BI readers with 10,000 queries while 20 versions are published",
    "no error, no answer of two versions mixed, versions are seen in order; publishing never waits",
)
def test_ten_thousand_queries_across_twenty_swaps_see_whole_versions_only(tmp_path):
    settings = Settings(home=tmp_path / "home")

    def publish_edition() -> str:
        name = versions.next_version_name(settings, datetime.now(UTC).date())
        make_build(settings)
        change_build(
            settings, f"create table marts.edition as select '{name}' as version from range(5000)"
        )
        return publish(settings, "live", "run", name).version

    published = [publish_edition()]
    stop, stable = tmp_path / "stop", stable_path(settings)
    answers = [tmp_path / f"reader-{number}.json" for number in range(READERS)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(stable), str(stop), str(answer),
             str(QUERIES // READERS)],
            stderr=subprocess.PIPE, text=True,
        )
        for answer in answers
    ]  # fmt: skip
    try:
        for _ in range(SWAPS):
            published.append(publish_edition())
            time.sleep(0.1)
        stop.touch()
        errors = [reader.communicate(timeout=120)[1] for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert errors == [""] * READERS
    found = [json.loads(answer.read_text()) for answer in answers]
    assert [one["mixed"] for one in found] == [[]] * READERS
    assert sum(one["queries"] for one in found) >= QUERIES
    for one in found:
        assert one["seen"] == [name for name in published if name in one["seen"]]
        assert len(one["seen"]) > SWAPS / 4
    assert len(set().union(*(one["seen"] for one in found))) > SWAPS / 2
