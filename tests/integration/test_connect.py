"""docs/connect.md: every recipe is run as it stands, or says before it that it is not run here.

Relative paths of the page are those of a folder with the home in `var`; DATABASE_URL is a database
of a PostgreSQL server that the test starts.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.publish import publish
from orchestration.warehouse.query import stable_path
from tests.build_file import make_build
from tests.integration.test_readme import FENCED, RUNNERS

PAGE = (PROJECT_ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
NOT_RUN = re.compile(r"\*Not run here: .+\*")
BLOCKS = [match for match in FENCED.finditer(PAGE) if not NOT_RUN.fullmatch(match["before"])]
#: the recipes that need a PostgreSQL server
OF_A_SERVER = [block for block in BLOCKS if "DATABASE_URL" in block["code"]]
OF_THE_FILE = [block for block in BLOCKS if block not in OF_A_SERVER]


def heading_of(block) -> str:
    before = PAGE[: block.start("code")]
    heading = re.findall(r"^## (.+)$", before, re.MULTILINE)[-1]
    return f"{heading}, line {before.count(chr(10)) + 1}"


def run(block, folder: Path, **environment: str) -> str:
    """What the recipe printed, in a folder whose `var` is the home of the sample."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [*RUNNERS[block["language"]], block["code"]],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "BORDER_HOME"}
        | {"PATH": path}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{heading_of(block)}:\n{block['code']}{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(sample_home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("analyst")
    (folder / "var").symlink_to(sample_home)
    return folder


@pytest.fixture(scope="module")
def database_url(server):
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("create role analyst login")
    return server.get_uri()


@pytest.mark.parametrize("block", OF_THE_FILE[1:], ids=heading_of)
def test_a_recipe_for_the_file_works_as_it_stands(block, folder):
    assert run(block, folder)


def test_the_command_prints_and_saves_what_the_page_says(folder):
    assert "encounter_count" in run(OF_THE_FILE[0], folder)
    saved = {path.name for path in folder.iterdir()}
    assert saved >= {"border.csv", "border.json", "border.parquet"}
    assert (folder / "border.json").read_text().startswith("[")


def test_the_recipes_for_postgresql_work_as_they_stand(folder, database_url):
    """In turn: the first one loads what the others read."""
    if not shutil.which("psql"):
        pytest.skip("psql is not on this machine")
    publishing, shell, python = OF_A_SERVER
    assert "show version" in run(publishing, folder, DATABASE_URL=database_url)
    described = run(shell, folder, DATABASE_URL=database_url)
    assert "encounter_count" in described
    assert "Unit: events." in described
    assert "datetime.date(2021, 9, 1)" in run(python, folder, DATABASE_URL=database_url)


def test_the_address_for_superset_opens_the_file_read_only(sample_version):
    (address,) = re.findall(r"`duckdb:///(/absolute/path/to/published/border\.duckdb\S+)`", PAGE)
    place = address.replace("/absolute/path/to/published/border.duckdb", str(sample_version))
    engine = create_engine(f"duckdb:///{place}", poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from marts.encounters")).scalar_one() > 0
        with pytest.raises(Exception, match="read-only"):
            connection.execute(text("create table marts.mine (n integer)"))


def test_every_recipe_is_run_or_says_that_it_is_not():
    languages = {match["language"] for match in FENCED.finditer(PAGE)}
    assert languages == {*RUNNERS, "r"}
    assert {block["language"] for block in BLOCKS} == set(RUNNERS)
    for tool in ("R", "Superset", "Tableau", "Power BI", "Metabase", "Looker"):
        assert f"*Not run here: {tool}" in PAGE


def test_through_sqlalchemy_a_publish_breaks_nothing_and_a_new_connection_sees_the_new_figures(
    tmp_path,
):
    settings = Settings(home=tmp_path)
    make_build(settings, october=67639)
    publish(settings, "live", "run-1", "accepted-1")
    engine = create_engine(
        f"duckdb:///{stable_path(settings)}",
        connect_args={"read_only": True},
        poolclass=NullPool,
    )
    october = text("select max(encounter_count) from marts.encounters")
    with engine.connect() as held:
        assert held.execute(october).scalar_one() == 67639
        make_build(settings, october=69032)
        # another process publishes; here the path must not be opened with other settings meanwhile
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from pathlib import Path; "
                "from orchestration.settings import Settings; "
                "from orchestration.warehouse.publish import publish; "
                "publish(Settings(home=Path(sys.argv[1])), 'live', 'run-2', 'accepted-2')",
                str(tmp_path),
            ],
            check=True,
        )
        assert held.execute(october).scalar_one() == 67639
    with engine.connect() as new:
        assert new.execute(october).scalar_one() == 69032
