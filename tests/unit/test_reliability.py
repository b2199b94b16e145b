"""docs/reliability.md is what the tests say, and each test that it names is there."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from orchestration.settings import PROJECT_ROOT

DOCS, TESTS = PROJECT_ROOT / "docs", PROJECT_ROOT / "tests"


@pytest.fixture
def builder(monkeypatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_reliability", DOCS / "build_reliability.py"
    )
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # its dataclasses look for their module
    spec.loader.exec_module(module)
    return module


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_document_is_the_one_that_the_project_writes(builder):
    written = builder.RELIABILITY.read_text(encoding="utf-8")
    assert written == builder.reliability(), "docs/reliability.md: run `make docs`"


def test_every_file_of_the_fault_suite_has_a_section(builder):
    files = {file for section in builder.SECTIONS for file in section.files}
    assert {f"fault/{path.name}" for path in (TESTS / "fault").glob("test_*.py")} <= files


def test_every_test_that_is_listed_is_there(builder):
    for section in builder.SECTIONS:
        for row in section.listed:
            file, name = row.test.split("::")
            assert name in functions_in(TESTS / file), row.test


def test_each_fault_stands_once_and_says_what_happens(builder):
    rows = [
        row
        for section in builder.SECTIONS
        for file in section.files
        for row in builder.marked(TESTS / file)
    ]
    assert len(rows) > 60
    assert all(row.what and row.happens for row in rows)
    assert len({row.what for row in rows}) == len(rows)


def test_a_marker_that_is_no_plain_text_is_refused(builder, tmp_path, monkeypatch):
    path = tmp_path / "test_x.py"
    path.write_text("import pytest\n@pytest.mark.fault(name, 'b')\ndef test_a():\n    pass\n")
    monkeypatch.setattr(builder, "TESTS", tmp_path)
    with pytest.raises(ValueError, match=r"line 2: found code"):
        list(builder.marked(path))
