"""docs/analysts.md: each query runs, and the result on the page is what the sample answers."""

import importlib.util
import re
from types import ModuleType

import pytest

from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.query import QueryResult, run_query

DOCS = PROJECT_ROOT / "docs"
PAGE = (DOCS / "analysts.md").read_text(encoding="utf-8")
QUESTIONS = dict(
    re.findall(r"^## (\d+)\. [^\n]+\n.*?^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_analysts", DOCS / "build_analysts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_asks_ten_questions_each_with_sql_and_a_result_marked_as_sample(builder):
    assert list(QUESTIONS) == [str(number) for number in range(1, 11)]
    assert PAGE.count("```sql\n") == len(builder.ANSWERED.findall(PAGE)) == 10
    assert PAGE.count("Result (SAMPLE, not for quotation):") == 10


def test_the_results_on_the_page_are_those_of_the_bundled_sample(builder, sample_home):
    """If not: BORDER_HOME=<home of `border run`> .venv/bin/python docs/build_analysts.py"""
    again = builder.with_results(PAGE, Settings(home=sample_home))
    for number, (found, expected) in enumerate(
        zip(PAGE.split("\n## "), again.split("\n## "), strict=True)
    ):
        assert found == expected, f"docs/analysts.md is stale in section {number}"


def test_a_stale_result_is_written_anew(builder, sample_home):
    stale = PAGE.replace("| 2000 | 211,328 |", "| 2000 | 211,329 |")
    assert stale != PAGE
    assert builder.with_results(stale, Settings(home=sample_home)) == PAGE


@pytest.mark.parametrize("number", QUESTIONS)
def test_each_query_answers_on_real_publications_too(real_home, number):
    assert run_query(Settings(home=real_home), QUESTIONS[number]).rows


def test_real_figures_are_never_written_as_results_of_the_sample(builder, real_home):
    with pytest.raises(ValueError, match="expected those of the bundled sample"):
        builder.with_results(PAGE, Settings(home=real_home))


def test_what_an_agency_wrote_is_text_on_the_page_and_nothing_else(builder):
    answer = QueryResult(
        ("label", "n", "fiscal_year"),
        ("VARCHAR", "BIGINT", "INTEGER"),
        [("<script>|[x](y)`\n", 1234567, 2021), (None, None, None)],
    )
    assert builder._markdown(answer).splitlines()[2:] == [
        "| &lt;script>\\|\\[x](y)\\` | 1,234,567 | 2021 |",
        "|  |  |  |",
    ]


# --- what can be checked by hand ---------------------------------------------------------------


def test_the_results_hold_figures_that_the_agencies_published(sample_home):
    """Of the article's months: expulsions of FY2021, encounters as said in January 2021 and now."""
    settings = Settings(home=sample_home)
    southwest = [row for row in run_query(settings, QUESTIONS["2"]).rows if row[0] == "southwest"]
    assert sum(row[3] for row in southwest) == 1_063_526
    shares = {row[0].month: row[1:] for row in run_query(settings, QUESTIONS["3"]).rows}
    assert shares[10] == (4750, pytest.approx(0.6), pytest.approx(88.8))  # 30 and 4,220 of 4,750
    assert shares[2] == (19590, pytest.approx(40.9), pytest.approx(48.4))  # 8,010 and 9,480
    released = run_query(settings, QUESTIONS["6"]).rows
    assert sum(row[1] for row in released) == 156_490
