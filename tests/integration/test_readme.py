"""The commands of the README, run in turn in a home of their own, as a new user would type them.

The first, `make run`, is taken as done: they begin in a home in which the sample was run.

A block is left out only where the line before it says why:
<!-- not run by the test: it starts a server -->
What else the README claims is held against the project in tests/unit/test_docs.py.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.integration.sample_folder import copy_home

README = PROJECT_ROOT / "README.md"
FENCED = re.compile(
    r"^(?P<before>[^\n]*)\n```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
NOT_RUN = re.compile(r"<!-- not run by the test: (?P<reason>.*\S.*) -->")
RUNNERS = {
    "sh": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
}
#: words of commands that a test cannot run: they install, serve or need the network
CANNOT_RUN = re.compile(r"\bmake\b|\bborder (ui|mirror)\b|--source (live|\S*/)")


@dataclass(frozen=True)
class Block:
    """A block of commands; ``reason``: why it is not run, None where it is."""

    line: int
    language: str
    code: str
    reason: str | None


def blocks_of(markdown: str) -> list[Block]:
    """The blocks that name a language; one without is no commands."""
    found = []
    for match in FENCED.finditer(markdown):
        if not match["language"]:
            continue
        marker = NOT_RUN.fullmatch(match["before"])
        line = markdown[: match.start("code")].count("\n") + 1
        found.append(Block(line, match["language"], match["code"], marker and marker["reason"]))
    return found


def run_all(markdown: str, home: Path) -> list[str]:
    """What each block that is to be run printed; AssertionError for the first that fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    printed = []
    for block in blocks_of(markdown):
        if block.reason:
            continue
        done = subprocess.run(
            [*RUNNERS[block.language], block.code],
            cwd=PROJECT_ROOT,
            env=os.environ | {"BORDER_HOME": str(home), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (
            f"line {block.line}: exit code {done.returncode} of\n{block.code}"
            f"{done.stdout}{done.stderr}"
        )
        printed.append(done.stdout)
    return printed


@pytest.mark.timeout(900)
def test_every_command_of_the_readme_works_where_the_sample_was_run(sample_home, tmp_path):
    home = copy_home(sample_home, tmp_path / "home")
    printed = "".join(run_all(README.read_text("utf-8"), home))
    assert "71929" in printed  # southwest encounters of October 2020, from the query
    assert "release_count" in printed  # from Python


def test_the_readme_gives_its_two_first_commands_and_leaves_out_nothing_that_could_run():
    blocks = blocks_of(README.read_text("utf-8"))
    assert blocks[0].code == "make run\nmake test\n"
    assert {block.language for block in blocks} == set(RUNNERS)
    for block in blocks:
        assert bool(block.reason) == bool(CANNOT_RUN.search(block.code)), block


@pytest.mark.parametrize(
    "commands", ["false", "false | cat", "false\ntrue", "border query 'select 1 from nowhere'"]
)
def test_a_command_that_fails_is_noticed(tmp_path, commands):
    with pytest.raises(AssertionError, match="line 3: exit code 1"):
        run_all(f"Type:\n```sh\n{commands}\n```\n", tmp_path)


def test_a_block_is_left_out_only_with_a_reason(tmp_path):
    skipped = "<!-- not run by the test: it fails -->\n```sh\nfalse\n```\n"
    assert run_all(skipped, tmp_path) == []
    for marker in ("<!-- not run by the test: -->", "<!-- not run by the test -->", "Not run."):
        with pytest.raises(AssertionError):
            run_all(f"{marker}\n```sh\nfalse\n```\n", tmp_path)
