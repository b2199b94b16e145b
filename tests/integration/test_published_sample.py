"""What is published of the bundled sample, as others read it: data package, storage, comments.

And what a person does with versions: going back to an older one.
"""

import json
import shutil

import duckdb
import frictionless
import pytest

from orchestration.assets.build import what_to_build_from
from orchestration.settings import Settings
from orchestration.warehouse import versions
from tests.conftest import border


@pytest.fixture
def connection(sample_version):
    with duckdb.connect(str(sample_version), read_only=True) as connection:
        yield connection


def test_the_data_package_of_the_sample_is_valid(sample_version):
    """Every file has its size and hash; every CSV has the columns and types that are declared."""
    folder = sample_version.parent / version_of(sample_version)
    report = frictionless.validate(folder / "datapackage.json")
    errors = [(task.name, error.message) for task in report.tasks for error in task.errors]
    assert (report.valid, errors) == (True, [])
    assert report.stats["tasks"] == 1 + 2 * len(list((folder / "csv").iterdir()))


def test_the_data_package_names_the_key_of_every_table_that_can_have_one(
    connection, sample_version
):
    """No part of a primary key may be missing; of the other tables `grain` says what is a row."""
    package = json.loads(
        (sample_version.parent / version_of(sample_version) / "datapackage.json").read_text()
    )
    resources = {one["name"]: one for one in package["resources"] if one["format"] == "csv"}
    grains = dict(connection.sql("select table_name, key_columns from meta.grains").fetchall())
    assert {name: one["grain"] for name, one in resources.items()} == grains
    with_key = {name for name, one in resources.items() if "primaryKey" in one["schema"]}
    for name in with_key:
        assert resources[name]["schema"]["primaryKey"] == grains[name]
    may_be_null = connection.sql(
        "select distinct table_name from duckdb_columns() join meta.grains using (table_name) "
        "where schema_name = 'marts' and is_nullable and column_name in key_columns"
    ).fetchall()
    assert with_key == set(grains) - {name for (name,) in may_be_null}
    assert len(with_key) > 5


def test_the_page_of_a_version_links_dbts_page_and_every_check(sample_version):
    site = sample_version.parent / version_of(sample_version) / "site"
    links = (site / "index.html").read_text(encoding="utf-8")
    for name in ("dbt_docs.html", "checks.html"):
        assert f'href="{name}"' in links
        assert (site / name).is_file()


def version_of(file) -> str:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.sql("select version from meta.about").fetchone()[0]


def test_the_file_of_the_sample_opens_in_duckdb_from_version_1(connection):
    (tags,) = connection.execute(
        "select tags from duckdb_databases() where not internal"
    ).fetchone()
    assert tags == {"storage_version": "v1.0.0+"}


def test_every_table_and_column_says_what_it_is_in_the_file_itself(connection):
    silent = connection.sql(
        "select schema_name || '.' || table_name as name from duckdb_tables() "
        "where coalesce(comment, '') = '' union all "
        "select schema_name || '.' || table_name || '.' || column_name from duckdb_columns() "
        "where not internal and schema_name in ('marts', 'meta') and coalesce(comment, '') = ''"
    )
    assert silent.fetchall() == []
    units = connection.sql(
        "select count(*), count(*) filter (comment like '% Unit: %.') from duckdb_columns() "
        "where not internal and schema_name in ('marts', 'meta')"
    )
    columns, with_unit = units.fetchone()
    assert columns == with_unit > 300


# --- going back to an older version ------------------------------------------------------------


@pytest.fixture
def home_with_two_versions(sample_home, tmp_path):
    """The sample's home, and beside its version a second one that was published later."""
    home = tmp_path / "home"
    shutil.copytree(sample_home, home, symlinks=True)
    settings = Settings(home=home)
    first = versions.list_versions(settings)[-1]
    second = versions.next_version_name(settings, first.built_at.date())
    shutil.copytree(first.path, settings.published / second)
    file = settings.published / second / "border.duckdb"
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update meta.about set version = ?", [second])
    fingerprint = versions.published_fingerprint(settings)
    versions.make_current(settings, second, "run", fingerprint)
    return home, first.version, second


def test_a_rollback_outlives_a_run_that_finds_nothing_new_and_the_run_says_so(
    home_with_two_versions,
):
    home, first, second = home_with_two_versions

    back = border(home, "rollback", first)
    run = border(home, "run")
    listed = border(home, "versions")

    assert back.returncode == 0, back.stderr
    assert f"readers see version {first}: until something new is accepted; {second} is kept" in (
        back.stdout
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"nothing new: version {first} stands" in run.stdout
    assert f"rolled back from {second}, and nothing new" in run.stdout
    assert f"current, rolled back from {second}" in " ".join(listed.stdout.split())
    asked = border(home, "query", "select version from meta.about")
    assert first in asked.stdout


def test_a_run_does_not_tell_again_what_was_refused_before_a_rollback(home_with_two_versions):
    """The older version that readers see knows nothing of it; the newest one does."""
    home, first, second = home_with_two_versions
    settings = Settings(home=home)
    refused = (
        "insert into {0}.vintages by name select * replace ('feed' as vintage_id, "
        "'feed' as content_sha256, 'bad.xlsx' as published_name, 'quarantined' as status, "
        "['a_rule: bad'] as reasons) "
        "from {0}.vintages where series = 'ice_detention_statistics' limit 1"
    )
    with duckdb.connect(str(settings.published / second / "border.duckdb")) as connection:
        connection.execute(refused.format("meta"))
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(refused.format("ledger"))
        fingerprint = what_to_build_from(connection)
    versions.make_current(settings, second, "run", fingerprint)

    border(home, "rollback", first)
    run = border(home, "run")

    assert "quarantined bad.xlsx" not in run.stdout
    assert f"nothing new: version {first} stands" in run.stdout
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_version_that_is_not_there_cannot_be_gone_back_to(sample_home):
    back = border(sample_home, "rollback", "2020.01.01.1")
    assert back.returncode == 1
    assert "found no version '2020.01.01.1'; expected one of" in back.stderr
