"""What the documents say against what is there: tables, columns, settings, series, links.

The commands of the README are run in tests/integration/test_readme.py.
"""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import typer

from orchestration.assets.manifest import prepare_manifest
from orchestration.series.catalog import SERIES
from orchestration.settings import PROJECT_ROOT, Settings

DOCS = PROJECT_ROOT / "docs"
README = PROJECT_ROOT / "README.md"
DEPLOY = PROJECT_ROOT / "deploy"
#: settings whose line in the example is no default: none has one that could stand there
EXAMPLES = {"BORDER_HOME", "BORDER_CONTACT", "BORDER_MIRROR_URL", "BORDER_ALERT_URL"}
DOCUMENTS = sorted(
    [README, PROJECT_ROOT / "CHANGELOG.md", DEPLOY / "README.md", *DOCS.rglob("*.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(document: Path) -> str:
    return str(document.relative_to(PROJECT_ROOT))


def section(document: Path, heading: str) -> str:
    """The text below a heading of level two, to the next one."""
    parts = re.split(r"^## ", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (found,) = [part for part in parts if part.startswith(f"{heading}\n")]
    return found


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_data_dictionary", DOCS / "build_data_dictionary.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def published() -> dict[str, set[str]]:
    """Schema -> names of its tables, from dbt's manifest."""
    nodes = json.loads(prepare_manifest().read_text(encoding="utf-8"))["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    return {
        schema: {model["alias"] for model in models if model["schema"] == schema}
        for schema in ("marts", "meta")
    }


def test_the_data_dictionary_is_the_one_that_the_project_writes(builder):
    written = builder.DICTIONARY.read_text(encoding="utf-8")
    assert written == builder.data_dictionary(), "docs/data_dictionary.md: run `make docs`"


def test_the_data_dictionary_has_every_table(builder, published):
    text = builder.DICTIONARY.read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (\S+)$", text, flags=re.MULTILINE))
    raw = {f"raw.{table.raw_table}" for series in SERIES.values() for table in series.tables}
    assert headings == published["marts"] | published["meta"] | raw


def test_a_raw_column_that_is_described_nowhere_stops_the_writer(builder):
    with pytest.raises(KeyError, match=r"raw\.new_table, column novelty.*RAW_COLUMNS"):
        builder._raw_meaning("new_table", "novelty", {})


def test_the_readme_lists_every_published_table(published):
    text = section(README, "What is published")
    listed = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
    assert listed == published["marts"]
    assert published["meta"] <= set(re.findall(r"`(\w+)`", text))


def test_the_readme_lists_every_setting_with_its_default():
    source = (PROJECT_ROOT / "orchestration" / "settings.py").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(BORDER_\w+)` \| ([^|]+) \|", README.read_text("utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} == set(re.findall(r'"(BORDER_\w+)"', source))


def test_the_example_of_the_services_has_every_setting_with_its_default():
    lines = (DEPLOY / "border.env.example").read_text("utf-8").splitlines()
    example = dict(re.findall(r"^#?(BORDER_\w+)=(.*)$", "\n".join(lines), re.MULTILINE))
    rows = re.findall(r"^\| `(BORDER_\w+)` \| ([^|]+) \|", README.read_text("utf-8"), re.MULTILINE)
    assert set(example) == {name for name, _ in rows}
    for name, default in rows:
        if name not in EXAMPLES:
            assert example[name] == default.strip("`"), name


@pytest.mark.parametrize("service", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.stem)
def test_a_service_runs_a_command_that_there_is(service):
    from orchestration.cli import app

    (command,) = re.findall(
        r"^ExecStart=\S+/border (.+)$", service.read_text("utf-8"), re.MULTILINE
    )
    name, *arguments = command.split()
    with typer.main.get_command(app).commands[name].make_context(name, arguments):
        pass


@pytest.mark.parametrize(
    ("variable", "setting"),
    [
        ("BORDER_POLITENESS_SECONDS", "politeness_seconds"),
        ("BORDER_CONNECT_TIMEOUT", "connect_timeout"),
        ("BORDER_READ_TIMEOUT", "read_timeout"),
        ("BORDER_RETRIES", "retries"),
        ("BORDER_KEEP_VERSIONS", "keep_versions"),
    ],
)
def test_a_number_in_the_readme_is_the_default_of_the_setting(monkeypatch, variable, setting):
    monkeypatch.delenv(variable, raising=False)
    assert f"| `{variable}` | {getattr(Settings(), setting):g} |" in README.read_text("utf-8")


def test_the_readme_names_every_command():
    from orchestration.cli import app

    commands = {command.callback.__name__ for command in app.registered_commands}
    listed = re.findall(r"^\| `border (\w+)[^`]*` \|", section(README, "Use"), re.MULTILINE)
    assert set(listed) == commands


@pytest.mark.parametrize("series", SERIES.values(), ids=lambda series: series.name)
def test_the_sources_say_where_and_how_often_a_series_is_published(series):
    document = DOCS / "sources.md"
    text = section(document, series.name)
    assert all(page in text for page in series.landing_pages)
    lag, late = f"{series.usual_lag_days} days", f"{series.late_after_days} days"
    cadence = "frozen | frozen" if series.frozen else f"{lag} | {late}"
    row = f"| `{series.name}` | {series.agency} | {series.kind.upper()} | {cadence} |"
    assert row in document.read_text("utf-8")


def test_the_documents_say_after_how_long_a_silence_a_series_may_have_ended():
    ended = {it.name: it.perhaps_ended_after_days for it in SERIES.values()}
    assert {name: days for name, days in ended.items() if days} == {"ice_detention_statistics": 120}
    assert "After 120 days of silence" in (DOCS / "sources.md").read_text("utf-8")
    assert "after 120 days" in (DOCS / "operations.md").read_text("utf-8")


@pytest.mark.parametrize("place", [README, DOCS / "sources.md"], ids=name_of)
def test_the_area_file_is_said_never_to_have_run_on_a_real_file(place):
    assert re.search(r"never run\s+on a real file", place.read_text("utf-8"), re.IGNORECASE)


@pytest.mark.parametrize("place", [README, DOCS / "sources.md"], ids=name_of)
def test_cbps_notice_stands_where_its_data_are_described(place):
    words = " ".join(place.read_text("utf-8").split())
    assert SERIES["cbp_nationwide_encounters_state"].notice in words


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document):
    for target in LINK.findall(document.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        path, _, heading = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert heading in {anchor(one) for one in headings}, target


def test_every_decision_is_numbered_in_turn_and_in_the_list():
    decisions = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.stem != "README")
    assert decisions
    listed = LINK.findall((DOCS / "decisions" / "README.md").read_text("utf-8"))
    assert listed == [path.name for path in decisions]
    for number, path in enumerate(decisions, start=1):
        assert re.fullmatch(rf"{number:04d}-[a-z0-9-]+\.md", path.name)
        assert path.read_text("utf-8").startswith(f"# {number}. ")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_and_test_that_a_document_names_is_there(document):
    """Paths in code marks that begin with a folder of the project."""
    named = re.findall(
        r"`((?:orchestration|expectations|dbt_project|tests|docs)/[\w./]+)`",
        document.read_text("utf-8"),
    )
    missing = [path for path in named if not (PROJECT_ROOT / path).exists()]
    assert missing == []
