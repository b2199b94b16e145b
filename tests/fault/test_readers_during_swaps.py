"""Eight programs that read while twenty versions are published."""

import pytest

from orchestration.settings import Settings
from tests.editions import read_while_publishing

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
    published, found = read_while_publishing(
        Settings(home=tmp_path / "home"), tmp_path, READER, QUERIES // READERS,
        readers=READERS, swaps=SWAPS, pause=0.1, rows=5000,
    )  # fmt: skip
    assert [one["mixed"] for one in found] == [[]] * READERS
    assert sum(one["queries"] for one in found) >= QUERIES
    for one in found:
        assert one["seen"] == [name for name in published if name in one["seen"]]
        assert len(one["seen"]) > SWAPS / 4
    assert len(set().union(*(one["seen"] for one in found))) > SWAPS / 2
