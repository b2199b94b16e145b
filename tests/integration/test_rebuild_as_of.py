"""`border rebuild --as-of`: the sample as it would have been published on a past day."""

import hashlib
import shutil
from datetime import date

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse.connection import warehouse_lock
from tests.conftest import border
from tests.golden.comparison import mart_hashes

#: the encounters of December 2020 are known, the revision of October in April 2021 is not
DAY = date(2021, 2, 1)


def kept(home):
    """Every file of the home that a rebuild may not touch, and the sha256 of each."""
    files = [home / "warehouse.duckdb", home / "build.duckdb", home / "published" / "border.duckdb"]
    files += [path for path in (home / "archive").rglob("*") if path.is_file()]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def rebuilt(sample_home, tmp_path_factory):
    """A home in which the tables of a past day were rebuilt; what it printed; what stood before."""
    home = tmp_path_factory.mktemp("past") / "home"
    shutil.copytree(sample_home, home)
    left = home / "rebuilt" / f".tmp-{DAY}" / "border.duckdb"  # by one that was killed
    left.parent.mkdir(parents=True)
    left.write_text("half a file")
    before = kept(home)
    run = border(home, "rebuild", "--as-of", str(DAY))
    assert run.returncode == 0, run.stdout + run.stderr
    return home, run.stdout, before


@pytest.fixture
def file(rebuilt):
    return rebuilt[0] / "rebuilt" / str(DAY) / "border.duckdb"


def ask(file, sql):
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_its_marts_are_what_the_published_file_answers_for_that_day(file, sample_version):
    answers, marts = mart_hashes(sample_version, as_of=DAY), mart_hashes(file)
    assert {mart: marts[mart] for mart in answers} == answers
    assert marts != mart_hashes(sample_version)


def test_it_says_what_it_is_and_knows_no_vintage_of_later(file):
    assert ask(file, "select version, source_mode from meta.about") == [(f"as-of-{DAY}", "sample")]
    assert ask(file, "select max(known_on) <= ? from meta.vintages".replace("?", f"'{DAY}'")) == [
        (True,)
    ]
    assert ask(file, "select count(*) from meta.vintage_tables anti join meta.vintages using "
               "(vintage_id)") == [(0,)]  # fmt: skip
    assert ask(file, "select count(*) from meta.checks where engine = 'dbt'") != [(0,)]


def test_it_has_the_ages_of_that_day_and_a_past_of_its_own(file):
    assert ask(file, "select min(days_since_known) from meta.freshness") == [(18,)]  # 14 January
    assert ask(file, """
        select sum(encounter_count) from marts.encounters_as_of('2020-12-20')
        where border_region = 'southwest' and component = 'USBP'
            and reference_month = '2020-10-01'
    """) == [(67_639,)]  # fmt: skip


def test_nothing_that_stood_is_touched_and_nothing_half_done_is_left(rebuilt, file):
    home, _, before = rebuilt
    assert kept(home) == before
    assert list((home / "rebuilt").rglob("*")) == [file.parent, file]


def test_it_says_where_the_file_lies_and_how_to_open_it(rebuilt, file):
    assert f"as of {DAY}: 10 vintages" in rebuilt[1]
    (line,) = [line for line in rebuilt[1].splitlines() if line.startswith("open it in Python: ")]
    connection = eval(line.partition(": ")[2], {"duckdb": duckdb})
    assert connection.execute("select version from meta.about").fetchone() == (f"as-of-{DAY}",)
    connection.close()


def test_on_a_day_before_all_vintages_nothing_was_known(rebuilt):
    home, _, before = rebuilt
    run = border(home, "rebuild", "--as-of", "2019-10-05")
    assert run.returncode == 1
    assert "expected a day from 2019-10-06 on" in " ".join(run.stderr.split())
    assert kept(home) == before
    assert not (home / "rebuilt" / "2019-10-05").exists()
    assert not list((home / "rebuilt").glob(".tmp-*"))


def test_a_rebuild_waits_for_no_run_and_disturbs_none(rebuilt):
    home = rebuilt[0]
    with warehouse_lock(Settings(home=home)):
        run = border(home, "rebuild", "--as-of", str(DAY))
    assert run.returncode == 1
    assert "at work in it" in " ".join(run.stderr.split())
