"""The ten statements of the article: verdicts, figures, and queries that anyone can run."""

import duckdb
import pytest

from orchestration.settings import PROJECT_ROOT
from tests.golden.rebuilding import copy_of_home, copy_of_project, dbt

VERSIONS = pytest.mark.parametrize("version", ["real_version", "sample_version"])
NOT_COMPARABLE = 4


@pytest.fixture
def ask(version, request):
    with duckdb.connect(str(request.getfixturevalue(version)), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@VERSIONS
def test_all_ten_statements_have_a_verdict_of_the_four(ask):
    rows = ask("select statement_number, split_part(verdict, ':', 1) from marts.claims order by 1")
    assert [number for number, _ in rows] == list(range(1, 11))
    assert {verdict for _, verdict in rows} <= {
        "holds", "holds as published, since revised", "does not hold", "cannot be told",
    }  # fmt: skip


@VERSIONS
@pytest.mark.parametrize("number", range(1, 11))
def test_the_query_of_a_statement_gives_its_figure_on_the_published_file(ask, number):
    ((sql, now, explanation),) = ask(
        f"select sql, ours_now, explanation from marts.claims where statement_number = {number}"
    )
    answers = ask(f"select figure, explanation, why_not from ({sql})")
    assert [figure for figure, *_ in answers if figure is not None] == (
        [] if now is None else [now]
    )
    assert explanation.endswith(".")
    for _, sentence, why_not in answers:
        assert why_not
        assert sentence is None or sentence[1:] in explanation


@VERSIONS
def test_the_query_as_of_the_day_of_the_statement_gives_the_figure_of_then(ask):
    rows = ask(
        "select statement_number, sql_as_of, if(starts_with(as_of_basis, 'vintages'), "
        "ours_as_of_then, null) from marts.claims order by 1"
    )
    for number, sql, then in rows:
        figures = [figure for (figure,) in ask(f"select figure from ({sql})")]
        assert (number, [f for f in figures if f is not None]) == (
            number,
            [] if then is None else [then],
        )


def test_the_figure_of_then_comes_from_the_vintages_of_then_in_the_sample(sample_version):
    with duckdb.connect(str(sample_version), read_only=True) as connection:
        assert connection.execute(
            "select as_of_basis from marts.claims where statement_number = 3"
        ).fetchall() == [("vintages known by then",)]


@VERSIONS
def test_197043_expulsions_at_the_southwest_border_hold(ask):
    assert ask("select ours_now, verdict from marts.claims where statement_number = 1") == [
        (197043, "holds")
    ]


@VERSIONS
def test_328_expulsions_from_the_north_are_derived_from_two_sources(ask):
    ((figure, verdict, explanation),) = ask(
        "select ours_now, verdict, explanation from marts.claims where statement_number = 2"
    )
    assert (figure, verdict) == (328, "holds")
    assert "1,996" in explanation and "1,668" in explanation


@VERSIONS
def test_nearly_208000_held_as_published_and_is_209342_now_most_of_them_expulsions(ask):
    ((then, now, verdict, explanation),) = ask(
        "select ours_as_of_then, ours_now, verdict, explanation "
        "from marts.claims where statement_number = 3"
    )
    assert (then, now) == (207968, 209342)
    assert verdict == "holds as published, since revised"
    assert "184,874" in explanation and "207,968" in explanation


def test_the_figure_of_then_comes_from_the_carried_in_total_on_the_real_files(real_version):
    with duckdb.connect(str(real_version), read_only=True) as connection:
        assert (
            connection.execute("select as_of_basis from marts.claims where statement_number = 3")
            .fetchone()[0]
            .startswith("carried-in total, no vintage held from then: https://")
        )


@VERSIONS
def test_only_the_first_quarter_of_fy2000_was_higher_and_like_is_not_compared_with_like(ask):
    ((figure, comparable, verdict, explanation),) = ask(
        "select ours_now, is_comparable, verdict, explanation "
        "from marts.claims where statement_number = 4"
    )
    assert (figure, comparable, verdict) == (0, False, "holds")
    years = ", ".join(str(year) for year in range(2001, 2021))
    assert f"every fiscal year in: {years}; they do not exceed: 2000 (238,858)" in explanation


@VERSIONS
def test_encounters_rose_in_every_month_from_april_to_december_2020(ask):
    ((figure, verdict, explanation),) = ask(
        "select ours_now, verdict, explanation from marts.claims where statement_number = 5"
    )
    assert (figure, verdict) == (0, "holds")
    assert "17,106" in explanation and "73,994" in explanation


@VERSIONS
def test_families_were_released_and_single_adults_expelled(ask):
    ((figure, verdict, explanation),) = ask(
        "select ours_now, verdict, explanation from marts.claims where statement_number = 6"
    )
    assert (round(figure), verdict) == (40, "holds")
    assert "90 % of the single adults were expelled" in explanation
    assert "48 % were still expelled" in explanation


@VERSIONS
def test_expulsions_by_sector_cannot_be_told_and_what_can_be_is(ask):
    ((figure, verdict, explanation),) = ask(
        "select ours_now, verdict, explanation from marts.claims where statement_number = 7"
    )
    assert figure is None
    assert verdict.startswith("cannot be told: expulsions by sector")
    assert "Tucson +32 %" in explanation


@VERSIONS
def test_no_one_was_returned_under_remain_in_mexico_after_january_2021(ask):
    ((figure, verdict, explanation),) = ask(
        "select ours_now, verdict, explanation from marts.claims where statement_number = 8"
    )
    assert (figure, verdict) == (0, "holds")
    assert "540 in January 2021" in explanation


@VERSIONS
def test_the_share_of_capacity_cannot_be_told_and_the_releases_can(ask):
    ((figure, verdict, explanation),) = ask(
        "select ours_now, verdict, explanation from marts.claims where statement_number = 9"
    )
    assert figure is None
    assert verdict == "cannot be told: ICE does not publish the capacity of its detention centers"
    assert "3,682 in January and 4,792 in February 2021" in explanation


def test_removals_fell_and_did_not_stop(real_version):
    with duckdb.connect(str(real_version), read_only=True) as connection:
        assert connection.execute(
            "select ours_now, verdict from marts.claims where statement_number = 10"
        ).fetchall() == [(10870, "does not hold")]


def test_the_sample_has_no_removals_and_says_so(sample_version):
    with duckdb.connect(str(sample_version), read_only=True) as connection:
        assert connection.execute(
            "select ours_now, verdict from marts.claims where statement_number = 10"
        ).fetchall() == [(None, "cannot be told: no publication held gives ICE removals by month")]


@VERSIONS
def test_only_one_statement_compares_unlike_figures(ask):
    assert ask("select statement_number from marts.claims where not is_comparable") == [
        (NOT_COMPARABLE,)
    ]


def test_a_journalist_adds_a_statement_with_one_file(sample_home, tmp_path):
    home, project = copy_of_home(sample_home, tmp_path / "home"), copy_of_project(tmp_path / "dbt")
    new = project / "models" / "claims" / "statement_11_more_in_march.yml"
    new.write_text(example_of_the_guide(), encoding="utf-8")
    dbt(home, project, "run", "--select", "claims")
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as connection:
        assert connection.execute(
            "select ours_now, verdict, explanation from marts.claims where statement_number = 11"
        ).fetchall() == [(173277, "holds", "The files count 173,277 encounters.")]


def example_of_the_guide():
    """The statement that docs/claims.md shows, as it stands there."""
    guide = (PROJECT_ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    return guide.split("```yaml\n")[1].split("```")[0]
