"""A published version: complete, whole, guarded, and current only when all of it stands."""

import csv
import hashlib
import json
import re
import shutil

import duckdb
import frictionless
import pytest
import yaml

from orchestration.settings import Settings
from orchestration.warehouse import publish as publishing
from orchestration.warehouse import versions
from orchestration.warehouse.publish import PublishedVersion, publish
from orchestration.warehouse.query import open_published, stable_path
from orchestration.warehouse.versions import PublishingError
from tests.build_file import NOTICE, add_vintage, change_build, make_build
from tests.golden.comparison import mart_hashes


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def publish_build(settings, october=67639, **options) -> PublishedVersion:
    make_build(settings, october)
    return publish(settings, "sample", "run-1", "accepted-1", **options)


def october(path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql(
            "select encounter_count from marts.encounters where reference_month = '2020-10-01'"
        ).fetchone()[0]


def test_a_published_version_says_what_it_is_and_how_many_rows_it_holds(settings):
    published = publish_build(settings)
    about = versions.about(settings)
    assert re.fullmatch(r"\d{4}\.\d{2}\.\d{2}\.1", published.version)
    assert published.rows == {"book_ins": 2, "encounters": 2}
    assert (about.version, about.source_mode, about.notice) == (
        published.version,
        "sample",
        NOTICE,
    )
    current = json.loads((settings.published / "current.json").read_text())
    assert current == {"version": published.version, "run_id": "run-1", "fingerprint": "accepted-1"}


def test_a_version_remembers_what_it_was_built_from(settings):
    assert versions.current_version(settings) is None
    assert versions.published_fingerprint(settings) is None
    assert versions.list_versions(settings) == []
    published = publish_build(settings)
    assert versions.current_version(settings) == published.version
    assert versions.published_fingerprint(settings) == "accepted-1"


def test_a_record_of_another_version_than_the_one_shown_is_not_believed(settings):
    publish_build(settings)
    record = {"version": "2020.01.01.1", "run_id": "run-0", "fingerprint": "accepted-0"}
    (settings.published / "current.json").write_text(json.dumps(record))
    assert versions.published_fingerprint(settings) is None


def test_a_version_is_listed_with_time_source_and_rows(settings):
    published = publish_build(settings)
    (version,) = versions.list_versions(settings)
    about = versions.about(settings)
    assert (version.version, version.path) == (published.version, published.path)
    assert (version.built_at, version.source_mode) == (about.built_at, "sample")
    assert version.rows == sum(published.rows.values()) == 4


def test_a_source_that_has_no_banner_is_refused(settings):
    make_build(settings)
    with pytest.raises(PublishingError, match="'unknown'; expected one of sample, folder, live"):
        publish(settings, "unknown", "run-1", "accepted-1")


def test_the_built_file_itself_is_left_as_it_was(settings):
    before = make_build(settings).read_bytes()
    publish(settings, "live", "run-1", "accepted-1")
    assert settings.build.read_bytes() == before


def test_comments_and_not_null_contracts_come_along(settings):
    publish_build(settings)
    with open_published(settings) as connection:
        described = connection.sql(
            "select comment, is_nullable from duckdb_columns() "
            "where table_name = 'encounters' and column_name = 'reference_month'"
        ).fetchone()
    assert described == ("Month the figure is about (first day).", False)


def test_the_published_file_opens_under_another_name_and_another_alias(settings, tmp_path):
    publish_build(settings)
    renamed = shutil.copy(stable_path(settings), tmp_path / "my-copy.duckdb")
    assert october(renamed) == 67639
    with duckdb.connect() as connection:
        connection.execute(f"attach '{renamed}' as figures (read_only)")
        answer = connection.sql("select sum(book_in_count) from figures.marts.book_ins").fetchone()
    assert answer == (277913,)


def test_an_analyst_cannot_open_the_published_file_for_writing_by_accident(settings):
    publish_build(settings)
    assert stable_path(settings).stat().st_mode & 0o222 == 0


def test_csv_and_parquet_of_every_mart_hold_the_rows_of_the_mart(settings):
    folder = publish_build(settings).path
    for kind in ("csv", "parquet"):
        assert {path.name for path in (folder / kind).iterdir()} == {
            f"book_ins.{kind}",
            f"encounters.{kind}",
        }
    with duckdb.connect(str(folder / "border.duckdb"), read_only=True) as connection:
        rows = connection.sql("from marts.encounters order by all").fetchall()
    assert duckdb.read_parquet(str(folder / "parquet/encounters.parquet")).fetchall() == rows
    from_csv = duckdb.sql(
        f"select * from read_csv('{folder}/csv/encounters.csv', header = true, "
        "types = {'null_reason': 'VARCHAR'})"
    )
    assert from_csv.fetchall() == rows


def test_parquet_files_are_compressed_with_zstd(settings):
    folder = publish_build(settings).path
    compression = duckdb.sql(
        f"select distinct compression from parquet_metadata('{folder}/parquet/book_ins.parquet')"
    )
    assert compression.fetchall() == [("ZSTD",)]


@pytest.mark.parametrize(
    ("published", "in_csv"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("=1\n+2", "'=1\n+2"),
        ("-", "-"),
        ("Mexico", "Mexico"),
        ("a=b", "a=b"),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_guarded_in_csv_and_only_there(
    settings, published, in_csv
):
    make_build(settings)
    text = published.replace("'", "''")
    change_build(settings, f"insert into marts.book_ins values (1999, '{text}', -5)")
    folder = publish(settings, "live", "run-1", "accepted-1").path
    with (folder / "csv/book_ins.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["fiscal_year"] == "1999")
    assert row == {"fiscal_year": "1999", "agency": in_csv, "book_in_count": "-5"}
    with open_published(settings) as connection:
        kept = connection.sql("select agency from marts.book_ins where fiscal_year = 1999")
        assert kept.fetchone() == (published,)


def test_the_data_package_names_files_hashes_columns_sources_and_terms(settings):
    make_build(settings)
    add_vintage(settings, "q1", status="quarantined", reasons=("half a file",))
    folder = publish(settings, "sample", "run-1", "accepted-1").path
    package = json.loads((folder / "datapackage.json").read_text())
    assert package["source_mode"] == "sample" and package["description"].startswith("SAMPLE")
    assert package["notice"] == NOTICE
    assert [licence["name"] for licence in package["licenses"]] == ["other-pd"]
    assert [source["vintage_id"] for source in package["sources"]] == ["a1"]
    paths = {resource["path"] for resource in package["resources"]}
    assert paths == {
        "border.duckdb",
        "csv/book_ins.csv",
        "csv/encounters.csv",
        "parquet/book_ins.parquet",
        "parquet/encounters.parquet",
    }
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    encounters = next(r for r in package["resources"] if r["name"] == "encounters")
    assert encounters["schema"]["fields"][0] == {
        "name": "reference_month",
        "type": "date",
        "description": "Month the figure is about (first day).",
        "constraints": {"required": True},
    }


def test_the_second_version_of_a_day_counts_on_and_becomes_current(settings):
    first = publish_build(settings)
    second = publish_build(settings, october=69032)
    assert second.version.endswith(".2")
    assert october(stable_path(settings)) == 69032
    assert october(first.path / "border.duckdb") == 67639
    assert [v.version for v in versions.list_versions(settings) if v.is_current] == [second.version]


def test_only_the_newest_versions_are_kept(tmp_path):
    settings = Settings(home=tmp_path, keep_versions=2)
    published = [publish_build(settings).version for _ in range(4)]
    assert [version.version for version in versions.list_versions(settings)] == published[:1:-1]


def test_the_current_version_is_kept_even_if_it_is_old(tmp_path):
    settings = Settings(home=tmp_path, keep_versions=1)
    generous = Settings(home=tmp_path)
    oldest, _, newest = (publish_build(generous).version for _ in range(3))
    versions.make_current(settings, oldest, "run-2", "accepted-1")
    versions.remove_old_versions(settings, oldest)
    assert {version.version for version in versions.list_versions(settings)} == {oldest, newest}


def test_an_old_version_can_be_made_current_again_and_again(settings):
    first = publish_build(settings)
    publish_build(settings, october=69032)
    for _ in range(2):
        versions.make_current(settings, first.version, "run-3", "accepted-1")
        assert versions.about(settings).version == first.version
        assert october(stable_path(settings)) == 67639
    assert not list(settings.published.glob(".tmp-*"))


def test_versions_of_a_day_are_ordered_by_number_and_not_by_text(settings):
    for counter in (9, 10):
        (settings.published / f"2026.11.24.{counter}").mkdir(parents=True)
    day = versions.datetime(2026, 11, 24).date()
    assert versions.next_version_name(settings, day) == "2026.11.24.11"
    assert versions.next_version_name(settings, day.replace(day=25)) == "2026.11.25.1"


def test_the_disk_without_links_gets_a_copy(settings, monkeypatch):
    def no_links(*_):
        raise OSError("Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", no_links)
    published = publish_build(settings)
    assert versions.about(settings).version == published.version
    assert stable_path(settings).stat().st_nlink == 1


@pytest.mark.parametrize("step", ["_complete", "_write_beside", "_finish"])
def test_a_publish_that_breaks_off_changes_nothing_and_the_next_one_tidies_up(
    settings, monkeypatch, step
):
    first = publish_build(settings)

    def power_cut(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, step, power_cut)
        with pytest.raises(OSError, match="No space"):
            publish_build(settings, october=69032)
    assert [path.name for path in settings.published.glob(".tmp-*")]
    assert versions.about(settings).version == first.version
    assert len(versions.list_versions(settings)) == 1
    second = publish_build(settings, october=69032)
    assert not list(settings.published.glob(".tmp-*"))
    assert second.version.endswith(".2")


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("create view marts.latest as select 1 as one", "marts.latest"),
        ("create schema raw; create table raw.rows as select 1 as one", "raw.rows"),
        ("delete from meta.about", "found 0 rows"),
        ("insert into meta.about select * from meta.about", "found 2 rows"),
        ("drop schema marts cascade", "no table in the schema marts"),
    ],
)
def test_a_built_file_that_is_not_fit_is_refused_and_the_old_version_stays(settings, sql, named):
    first = publish_build(settings)
    make_build(settings)
    change_build(settings, sql)
    with pytest.raises(PublishingError, match=named):
        publish(settings, "sample", "run-2", "accepted-1")
    assert versions.about(settings).version == first.version


def test_a_missing_built_file_is_named(settings):
    with pytest.raises(PublishingError, match=r"build\.duckdb: no such file"):
        publish(settings, "sample", "run-1", "accepted-1")


def test_a_built_file_with_changes_outside_it_is_refused(settings):
    make_build(settings)
    settings.build.with_name("build.duckdb.wal").write_bytes(b"changes")
    with pytest.raises(PublishingError, match=r"\.wal"):
        publish(settings, "sample", "run-1", "accepted-1")


def test_equal_marts_have_equal_hashes_whatever_the_order_of_rows(settings, tmp_path):
    first = publish_build(settings)
    make_build(settings)
    change_build(
        settings,
        "create table marts.sorted as from marts.book_ins order by agency desc; "
        "delete from marts.book_ins; insert into marts.book_ins from marts.sorted; "
        "drop table marts.sorted",
    )
    second = publish(settings, "live", "run-2", "accepted-1")
    hashes = [mart_hashes(published.path / "border.duckdb") for published in (first, second)]
    assert hashes[0] == hashes[1]
    assert set(hashes[0]) == {"book_ins", "encounters"}


@pytest.mark.parametrize(
    "change",
    [
        "update marts.book_ins set book_in_count = 90616 where agency = 'ICE'",
        "insert into marts.book_ins from marts.book_ins limit 1",
        "update marts.book_ins set agency = null where agency = 'ICE'",
        "delete from marts.book_ins where agency = 'ICE'",
        "alter table marts.book_ins rename agency to arresting_agency",
        "alter table marts.book_ins alter book_in_count type integer",
    ],
)
def test_a_changed_mart_has_another_hash_and_the_others_keep_theirs(settings, change):
    before = mart_hashes(make_build(settings))
    change_build(settings, change)
    after = mart_hashes(settings.build)
    assert after["book_ins"] != before["book_ins"]
    assert after["encounters"] == before["encounters"]


def test_a_missing_text_and_the_text_null_have_different_hashes(settings):
    make_build(settings)
    hashes = []
    for text in ("null", "''", "'null'"):
        change_build(settings, f"update marts.book_ins set agency = {text}")
        hashes.append(mart_hashes(settings.build)["book_ins"])
    assert len(set(hashes)) == 3


# --- going back to an older version ------------------------------------------------------------


def two_versions(settings) -> tuple[str, str]:
    first = publish_build(settings).version
    make_build(settings, october=69032)
    return first, publish(settings, "sample", "run-2", "accepted-2").version


def test_a_rollback_shows_the_older_figures_and_deletes_nothing(settings):
    first, second = two_versions(settings)
    versions.rollback(settings, first)
    assert october(stable_path(settings)) == 67639
    assert versions.rolled_back_from(settings) == second
    listed = versions.list_versions(settings)
    assert [(v.version, v.is_current) for v in listed] == [(second, False), (first, True)]
    assert october(settings.published / second / "border.duckdb") == 69032


def test_a_rollback_stands_for_as_long_as_nothing_new_is_accepted(settings):
    """A run builds if what it would build from is not what was published last."""
    first, _ = two_versions(settings)
    versions.rollback(settings, first)
    assert versions.published_fingerprint(settings) == "accepted-2"


def test_the_version_after_a_rollback_says_from_what_readers_had_been_taken_back(settings):
    first, second = two_versions(settings)
    versions.rollback(settings, first)
    make_build(settings, october=70000)
    third = publish(settings, "sample", "run-3", "accepted-3")
    assert versions.rolled_back_from(settings) is None
    assert october(stable_path(settings)) == 70000
    notes = (third.path / "release_notes.md").read_text()
    assert f"Compared with version {first}. Readers had been rolled back to that one from" in notes
    assert f"from version {second}." in notes


def test_a_rollback_can_be_taken_further_back_and_ended(settings):
    first, second = two_versions(settings)
    make_build(settings, october=70000)
    third = publish(settings, "sample", "run-3", "accepted-3").version
    for version in (second, first, first):
        versions.rollback(settings, version)
        assert versions.rolled_back_from(settings) == third
    versions.rollback(settings, third)
    assert versions.rolled_back_from(settings) is None
    assert october(stable_path(settings)) == 70000
    assert versions.published_fingerprint(settings) == "accepted-3"


def test_a_version_that_is_not_there_is_refused_with_those_there_are(settings):
    first, second = two_versions(settings)
    with pytest.raises(PublishingError, match=rf"'2020\.01\.01\.1'.*{second}, {first}"):
        versions.rollback(settings, "2020.01.01.1")
    with pytest.raises(PublishingError, match="expected one of"):
        versions.rollback(settings, "../published")
    assert versions.current_version(settings) == second


@pytest.mark.parametrize("damage", ["half", "another"])
def test_a_damaged_version_is_not_shown(settings, damage):
    first, second = two_versions(settings)
    file = settings.published / first / "border.duckdb"
    file.chmod(0o644)
    if damage == "half":
        file.write_bytes(file.read_bytes()[:5000])
    else:
        shutil.copy(settings.published / second / "border.duckdb", file)
    with pytest.raises(PublishingError, match=f"expected (version )?{first}"):
        versions.rollback(settings, first)
    assert versions.current_version(settings) == second
    assert versions.rolled_back_from(settings) is None


def test_after_a_publish_that_was_cut_short_a_rollback_would_not_stand_and_is_refused(settings):
    first, second = two_versions(settings)
    record = settings.published / "current.json"
    record.write_text(record.read_text().replace(second, first))
    with pytest.raises(PublishingError, match="type `border run` first"):
        versions.rollback(settings, first)
    assert versions.current_version(settings) == second


# --- how to cite a version, and who else can read it -------------------------------------------


def test_a_version_says_how_to_cite_it(settings):
    published = publish_build(settings)
    citation = yaml.safe_load((published.path / "CITATION.cff").read_text())
    about = versions.about(settings)
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == published.version
    assert citation["date-released"] == about.built_at.date().isoformat()
    assert citation["type"] == "dataset" and citation["title"].endswith(published.version)
    assert {author["name"].split()[-1] for author in citation["authors"]} == {
        "Protection",
        "Enforcement",
        "Statistics",
    }
    assert citation["abstract"].startswith("SAMPLE") and NOTICE in citation["abstract"]


def test_a_data_package_whose_file_was_changed_later_is_noticed(settings):
    folder = publish_build(settings).path
    assert frictionless.validate(folder / "datapackage.json").valid
    file = folder / "csv" / "book_ins.csv"
    file.write_text(file.read_text().replace("90615", "90616"))
    report = frictionless.validate(folder / "datapackage.json")
    assert [error.type for task in report.tasks for error in task.errors] == ["hash-count"]


def test_the_published_file_is_written_so_that_older_readers_open_it(settings):
    """v1.0.0+: DuckDB 1.0 and later. A version opened whole in 1.2.2, macros and all."""
    file = publish_build(settings).path / "border.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        (tags,) = connection.execute(
            "select tags from duckdb_databases() where database_name = 'border'"
        ).fetchone()
    assert tags == {"storage_version": "v1.0.0+"}
