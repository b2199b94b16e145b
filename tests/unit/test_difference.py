"""What two versions differ in: figures by kind, revisions, labels, vintages, sources, tables."""

import json
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration import difference_summary
from orchestration.settings import Settings
from orchestration.warehouse.difference import (
    DifferenceError,
    Quarantined,
    as_document,
    compare_versions,
    difference,
)
from orchestration.warehouse.figure_changes import LabelChange
from orchestration.warehouse.publish import publish
from orchestration.warehouse.quarantined import quarantined_in
from tests.build_file import add_vintage, change_build, make_build
from tests.conftest import border

STATE = "cbp_nationwide_encounters_state"

_FIGURES = """
create table marts.expulsions (
    reference_month date, component varchar, citizenship varchar, expulsion_count bigint,
    null_reason varchar, series varchar, vintage_id varchar, is_partial boolean
);
create table meta.grains as select
    'expulsions' as table_name, ['reference_month', 'component', 'citizenship'] as key_columns;
create table meta.redefinitions (
    mart varchar, series varchar, table_name varchar, from_coverage_end date
);
"""
_REVISIONS = """
create table marts.revisions (
    series varchar, table_name varchar, figure varchar, reference_month date, old_value double,
    new_value double, difference double, change_percent double, kind varchar, was_partial boolean,
    is_overlapping boolean, warning varchar, redefinition varchar, vintage_before varchar,
    vintage_after varchar, known_on_after date
);
"""


class Edition:
    """A built file: expulsions of some vintages, as a version would hold them."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.file = make_build(self.settings)
        change_build(self.settings, _FIGURES)
        for vintage_id, covered in (("old", "2021-01-31"), ("new", "2021-02-28")):
            add_vintage(self.settings, vintage_id, series=STATE, published_name=f"{vintage_id}.csv")
            self.change(
                "insert into meta.vintage_tables values "
                f"('{vintage_id}', '{STATE}', 'accepted', [], [], '{covered}', 1)"
            )

    def change(self, sql: str) -> None:
        change_build(self.settings, sql)

    def figure(
        self, count, *, month="2021-01-01", component="USBP", citizenship="Mexico", series=STATE,
        vintage="old", partial=False,
    ) -> "Edition":  # fmt: skip
        with duckdb.connect(str(self.file)) as connection:
            connection.execute(
                "insert into marts.expulsions values (?, ?, ?, ?, null, ?, ?, ?)",
                [month, component, citizenship, count, series, vintage, partial],
            )
        return self


@pytest.fixture
def before(tmp_path):
    return Edition(tmp_path / "before")


@pytest.fixture
def after(tmp_path):
    return Edition(tmp_path / "after")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "published_home")


def changes(before, after, **options):
    (found,) = (
        figures
        for figures in difference(before.file, after.file, **options).figures
        if figures.table == "expulsions"
    )
    return found


def kinds(before, after) -> dict[str, tuple]:
    return {one.kind: (one.count, one.net, one.gross) for one in changes(before, after).kinds}


# --- figures ---------------------------------------------------------------------------------


def test_a_figure_that_a_newer_vintage_restates_is_revised(before, after):
    before.figure(100).figure(40, citizenship="Honduras").figure(7, citizenship="Ecuador")
    after.figure(90, vintage="new").figure(60, citizenship="Honduras", vintage="new")
    after.figure(7, citizenship="Ecuador", vintage="new")
    assert kinds(before, after) == {"revised": (2, 10, 30)}
    largest, smallest = changes(before, after).largest
    assert largest.key == {
        "reference_month": "2021-01-01", "component": "USBP", "citizenship": "Honduras"
    }  # fmt: skip
    assert (largest.old_value, largest.new_value, largest.difference) == (40, 60, 20)
    assert (largest.percent, largest.vintage_before, largest.vintage_after) == (50, "old", "new")
    assert smallest.difference == -10
    assert len(changes(before, after, largest=1).largest) == 1


def test_a_figure_appears_or_vanishes_within_a_month_that_both_versions_have(before, after):
    before.figure(100).figure(3, citizenship="Honduras")
    after.figure(100, vintage="new").figure(5, citizenship="Ecuador", vintage="new")
    assert kinds(before, after) == {"appeared": (1, 5, 5), "vanished": (1, -3, 3)}


def test_an_absent_figure_and_a_zero_are_the_same(before, after):
    before.figure(100).figure(0, citizenship="Honduras")
    after.figure(100, vintage="new").figure(0, citizenship="Ecuador", vintage="new")
    assert kinds(before, after) == {}


def test_a_key_that_is_null_is_the_same_figure(before, after):
    before.figure(100, component=None)
    after.figure(101, component=None, vintage="new")
    assert kinds(before, after) == {"revised": (1, 1, 1)}


def test_a_new_month_is_no_change_of_a_figure_and_not_among_the_largest(before, after):
    before.figure(100).figure(9, month="2020-01-01")
    after.figure(101, vintage="new").figure(9000, month="2021-02-01", vintage="new")
    found = changes(before, after)
    assert found.periods_added == ("2021-02-01",)
    assert found.periods_removed == ("2020-01-01",)
    assert kinds(before, after) == {
        "new_period": (1, 9000, 9000), "gone_period": (1, -9, 9), "revised": (1, 1, 1)
    }  # fmt: skip
    assert [one.kind for one in found.largest] == ["revised"]


def test_a_month_that_was_not_over_grows_and_is_not_revised(before, after):
    before.figure(100, partial=True)
    after.figure(180, vintage="new").figure(20, citizenship="Honduras", vintage="new")
    assert kinds(before, after) == {"was_partial": (2, 100, 100)}


def test_another_figure_from_the_same_vintage_is_a_change_of_ours(before, after):
    before.figure(100)
    after.figure(1000).figure(5, citizenship="Honduras")
    assert kinds(before, after) == {"recalculated": (2, 905, 905)}


def test_a_month_that_another_series_gives_now_is_not_revised(before, after):
    before.figure(100).figure(30, component="OFO")
    after.figure(101, series="cbp_nationwide_encounters_aor", vintage="aor")
    assert kinds(before, after) == {"another_series": (2, -29, 31)}


def test_across_a_redefinition_figures_are_redefined_and_else_revised(before, after):
    before.figure(100).figure(8, citizenship="Honduras")
    after.figure(150, vintage="new").figure(9, citizenship="Ecuador", vintage="new")
    point = "insert into meta.redefinitions values ('expulsions', '{}', '{}', '{}')"
    after.change(point.format(STATE, STATE, "2021-03-01"))  # later than both vintages
    after.change(point.format("another_series", STATE, "2021-02-01"))
    assert set(kinds(before, after)) == {"revised", "appeared", "vanished"}
    after.change(point.format(STATE, STATE, "2021-02-01"))  # between them
    assert kinds(before, after) == {"redefined": (3, 51, 67)}


def test_the_largest_of_each_kind_comes_first(before, after):
    before.figure(100).figure(100, citizenship="Honduras")
    after.figure(900, vintage="new").figure(800, citizenship="Honduras", vintage="new")
    after.figure(2, citizenship="Ecuador", vintage="new")
    found = changes(before, after).largest
    assert [(one.kind, one.difference) for one in found] == [
        ("revised", 800), ("appeared", 2), ("revised", 700)
    ]  # fmt: skip


def test_averages_keep_their_decimals(before, after):
    for edition, value, vintage in ((before, 15012.25, "old"), (after, 15013.5, "new")):
        edition.change("alter table marts.expulsions alter expulsion_count type double")
        edition.figure(value, vintage=vintage)
    assert kinds(before, after) == {"revised": (1, 1.25, 1.25)}


def test_a_table_whose_grain_is_not_told_or_whose_columns_changed_is_not_compared(before, after):
    before.figure(100)
    after.figure(90, vintage="new")
    after.change("alter table marts.expulsions rename component to agency")
    assert changes(before, after).not_compared.endswith("both versions: component")
    after.change("drop table meta.grains")
    assert "meta.grains does not say" in changes(before, after).not_compared
    assert changes(before, after).kinds == ()


# --- labels ----------------------------------------------------------------------------------


def test_labels_that_came_and_went_are_listed_by_column(before, after):
    before.figure(1).figure(2, citizenship="Ecuador")
    after.figure(1).figure(2, citizenship="Venezuela").figure(3, component="OFO")
    assert changes(before, after).labels == (
        LabelChange("component", ("OFO",), ()),
        LabelChange("citizenship", ("Venezuela",), ("Ecuador",)),
    )


def test_a_table_that_was_empty_has_no_new_labels(before, after):
    after.figure(1)
    assert changes(before, after).labels == ()
    assert changes(before, after).periods_added == ("2021-01-01",)


def test_a_warning_of_a_new_label_is_told_once(before, after):
    warned = "update meta.{} set warnings = ['new_label: found {}', 'hidden_sheet: found one']"
    for edition in (before, after):
        edition.change(warned.format("vintages", "ARUBA") + " where vintage_id = 'old'")
    after.change(warned.format("vintage_tables", "TONGA") + " where vintage_id = 'new'")
    (found,) = difference(before.file, after.file).label_warnings
    assert (found.published_name, found.table_name) == ("new.csv", STATE)
    assert found.text == "new_label: found TONGA"


# --- revisions -------------------------------------------------------------------------------


def revision(kind, figure, difference, *, partial=False, overlapping=False, why="null") -> str:
    return (
        f"insert into marts.revisions values ('{STATE}', '{STATE}', '{figure}', '2021-01-01', 100, "
        f"{100 + difference}, {difference}, {difference}, '{kind}', {partial}, {overlapping}, "
        f"null, {why}, 'old', 'new', '2021-03-01')"
    )


def test_revisions_are_those_that_the_version_before_did_not_know_by_kind(before, after):
    for edition in (before, after):
        edition.change(_REVISIONS + revision("revised", "a=known", 5))
    after.change(revision("revised", "a=1", -8))
    after.change(revision("revised", "a=2", 3))
    after.change(revision("redefined", "a=3", 50, why="'counts anew'"))
    after.change(revision("revised", "a=growing", 900, partial=True))
    after.change(revision("revised", "a=Total", 900, overlapping=True))
    found = difference(before.file, after.file).revisions
    counts = [(one.kind, one.count, one.net, one.gross, one.redefinition) for one in found.counts]
    assert counts == [("redefined", 1, 50, 50, "counts anew"), ("revised", 2, -5, 11, None)]
    assert [one.figure for one in found.largest] == ["a=3", "a=1", "a=2"]
    assert (found.largest[0].publication_before, found.largest[0].publication_after) == (
        "old.csv", "new.csv"
    )  # fmt: skip


def test_a_version_of_before_the_revisions_does_not_make_all_of_them_new(before, after):
    after.change(_REVISIONS + revision("revised", "a=1", -8))
    assert difference(before.file, after.file).revisions.counts == ()


# --- vintages, sources, tables ---------------------------------------------------------------


def test_vintages_come_go_are_quarantined_and_let_free(before, after):
    add_vintage(before.settings, "gone", published_name="gone.csv")
    add_vintage(before.settings, "free", status="quarantined", reasons=("cut",))
    add_vintage(after.settings, "free")
    add_vintage(after.settings, "bad", status="quarantined", reasons=("half a file",))
    add_vintage(after.settings, "part", bad_table="ice_facilities", reasons=("1,882 of them",))
    found = difference(before.file, after.file)
    assert {one.vintage_id for one in found.vintages_new} == {"bad", "part"}
    assert [one.published_name for one in found.vintages_gone] == ["gone.csv"]
    name, series = "sbo-encounters-fy21.csv", "cbp_southwest_encounters"
    assert found.newly_quarantined == (
        Quarantined(series, "bad", name, None, ("half a file",)),
        Quarantined(series, "part", name, "ice_facilities", ("1,882 of them",)),
    )
    assert found.no_longer_quarantined == (Quarantined(series, "free", name, None, ("cut",)),)


def test_a_quarantined_vintage_hides_its_tables_from_those_who_tell_each_thing_once(after):
    add_vintage(after.settings, "bad", status="quarantined", bad_table="x", reasons=("half",))
    with duckdb.connect(str(after.file), read_only=True) as connection:
        every = quarantined_in(connection, "meta")
        once = quarantined_in(connection, "meta", every_table=False)
    assert {("bad", None), ("bad", "x")} <= every.keys()
    assert every.keys() - once.keys() == {("bad", "x")}
    assert once["bad", None].known_on == every["bad", None].known_on is not None


def test_a_source_that_another_vintage_replaced_is_named_with_it(before, after):
    for edition, gone in ((before, "new"), (after, "old")):
        edition.change(f"delete from meta.sources_of_this_version where vintage_id = '{gone}'")
    (found,) = difference(before.file, after.file).sources
    assert found.table_name == STATE
    assert [one.published_name for one in found.added] == ["new.csv"]
    assert [one.published_name for one in found.replaced] == ["old.csv"]


def test_tables_and_columns_come_and_go(before, after):
    after.change("alter table marts.book_ins rename to arrivals")
    after.change("alter table marts.encounters add column sector varchar")
    after.change("alter table marts.encounters drop column citizenship")
    after.change("update marts.encounters set encounter_count = encounter_count + 1")
    changed = {one.table: one for one in difference(before.file, after.file).tables}
    assert (changed["arrivals"].rows_before, changed["arrivals"].rows_after) == (None, 2)
    assert (changed["book_ins"].rows_before, changed["book_ins"].rows_after) == (2, None)
    encounters = changed["encounters"]
    assert encounters.columns_added == ("sector",)
    assert encounters.columns_removed == ("citizenship",)
    assert [(one.before, one.after) for one in encounters.sums] == [(67639, 67640)]
    assert not changed["expulsions"].is_changed


def test_equal_versions_say_the_same(before, after):
    for edition in (before, after):
        edition.figure(100)
    assert difference(before.file, after.file).is_empty
    after.figure(1, citizenship="Honduras")
    assert not difference(before.file, after.file).is_empty


def test_before_a_first_version_there_is_nothing(after):
    found = difference(None, after.figure(100).file)
    assert found.before is None
    assert {one.vintage_id for one in found.vintages_new} == {"a1", "old", "new"}
    assert (found.figures, found.sources, found.revisions.counts) == ((), (), ())
    assert all(table.rows_before is None for table in found.tables)


def test_the_document_is_json_with_stable_keys(before, after):
    before.figure(100)
    after.figure(90, vintage="new")
    document = json.loads(json.dumps(as_document(difference(before.file, after.file))))
    assert list(document) == [
        "format", "before", "after", "series", "vintages_new", "vintages_gone",
        "newly_quarantined", "no_longer_quarantined", "sources", "label_warnings", "tables",
        "revisions", "figures",
    ]  # fmt: skip
    assert document["format"] == 1
    (figures,) = document["figures"]
    assert figures["kinds"] == [{"kind": "revised", "count": 1, "net": -10, "gross": 10}]
    assert figures["largest"][0]["key"]["reference_month"] == "2021-01-01"
    assert document["before"]["built_at"][10] == "T"


def test_a_file_that_is_no_version_is_refused_with_its_name(before, tmp_path):
    (tmp_path / "page.duckdb").write_text("<html>Access denied</html>")
    with pytest.raises(DifferenceError, match=r"page\.duckdb"):
        difference(before.file, tmp_path / "page.duckdb")


# --- versions and the command ----------------------------------------------------------------


def published(settings, october=67639) -> str:
    make_build(settings, october=october)
    return publish(settings, "sample", "run-1", f"accepted-{october}").version


def test_without_names_the_current_version_is_compared_with_the_one_before(settings):
    published(settings)
    second, third = published(settings, 2), published(settings, 3)
    found = compare_versions(settings)
    assert (found.before.version, found.after.version) == (second, third)


def test_any_two_versions_can_be_compared_either_way(settings):
    first, second, third = published(settings), published(settings, 2), published(settings, 3)
    found = compare_versions(settings, third, first)
    assert (found.before.version, found.after.version) == (third, first)
    assert compare_versions(settings, first).after.version == third
    (sums,) = (t.sums for t in compare_versions(settings, second, first).tables if t.is_changed)
    assert [(one.before, one.after) for one in sums] == [(2, 67639)]


def test_a_version_that_is_not_there_is_an_error_that_lists_those_that_are(settings):
    with pytest.raises(DifferenceError, match="no published version"):
        compare_versions(settings)
    first = published(settings)
    with pytest.raises(DifferenceError, match=f"no version before {first}"):
        compare_versions(settings)
    with pytest.raises(DifferenceError, match="twice"):
        compare_versions(settings, first, first)
    second = published(settings, 2)
    with pytest.raises(DifferenceError) as refused:
        compare_versions(settings, "2020.01.01.1", second)
    assert f"expected one of {second}, {first}" in str(refused.value)


def test_the_command_prints_text_or_one_document_and_refuses_a_wrong_name(settings):
    first, second = published(settings), published(settings, 68826)
    text = border(settings.home, "diff")
    assert text.returncode == 0
    assert first in text.stdout
    assert "SAMPLE" in text.stdout
    document = json.loads(border(settings.home, "diff", first, second, "--json").stdout)
    assert document["after"]["version"] == second
    wrong = border(settings.home, "diff", "yesterday", second)
    assert wrong.returncode == 1
    assert second in wrong.stderr


def test_text_of_a_publication_cannot_write_on_the_terminal(before, after, monkeypatch):
    before.figure(1)
    after.figure(1).figure(900, citizenship="\x1b[2J[red]TONGA[/red]")
    add_vintage(after.settings, "x", published_name="a\x1b[2J[link=http://x]b\nc.csv")
    for edition in (before, after):
        edition.change("update meta.about set source_mode = 'sample'")
    out = StringIO()
    monkeypatch.setattr(difference_summary, "console", Console(file=out, width=160))
    difference_summary.print_difference(difference(before.file, after.file), 10)
    assert "\x1b" not in out.getvalue()
    assert "[red]TONGA[/red]" in out.getvalue()
    assert "[link=http://x]b c.csv (accepted)" in out.getvalue()


# --- the real publications -------------------------------------------------------------------


@pytest.fixture(scope="module")
def published_on(real_version, tmp_path_factory):
    """A version with the marts as they were known on a day, and the vintages known then."""
    made: dict[date, Path] = {}

    def at(day: date) -> Path:
        if day not in made:
            file = tmp_path_factory.mktemp("versions") / f"{day}.duckdb"
            shutil.copyfile(real_version, file)
            file.chmod(0o644)
            with duckdb.connect(str(file)) as connection:
                _go_back(connection, day)
            made[day] = file
        return made[day]

    return at


def _go_back(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    answers = connection.execute(
        "select table_name, macro_name from meta.table_macros where schema_name = 'marts'"
    ).fetchall()
    for table, macro in answers:
        connection.execute(
            f"create temp table {table} as "
            f"select * exclude (is_as_of_estimated) from marts.{macro}('{day}')"
        )
    for table, _ in answers:
        connection.execute(f"delete from marts.{table}")
        connection.execute(f"insert into marts.{table} by name from temp.{table}")
    connection.execute(
        "delete from meta.vintage_tables where vintage_id in "
        "(select vintage_id from meta.vintages where known_on > ?)", [day]
    )  # fmt: skip
    connection.execute("delete from meta.vintages where known_on > ?", [day])


def kinds_of(found, table) -> dict[str, tuple]:
    (figures,) = (one for one in found.figures if one.table == table)
    assert figures.not_compared is None
    return {one.kind: (one.count, one.net) for one in figures.kinds}


def test_real_the_state_file_of_november_2023_revises_76_cells(published_on):
    october, november = (
        published_on(day) for day in known_days(published_on(date(2030, 1, 1)), "oct", "nov")
    )
    found = difference(october, november)
    counts = [one for one in found.revisions.counts if one.series == STATE]
    assert sum(one.count for one in counts) == 76
    assert sum(one.net for one in counts) == -84
    by_state = kinds_of(found, "encounters_by_state")
    new_month = by_state.pop("new_period")
    assert set(by_state) <= {"revised", "appeared", "vanished"}
    assert sum(count for count, _ in by_state.values()) == 76
    assert sum(net for _, net in by_state.values()) == -84
    (figures,) = (one for one in found.figures if one.table == "encounters_by_state")
    assert figures.periods_added == ("2023-11-01",)
    assert new_month[1] > 200000


def known_days(version: Path, *months: str) -> list[date]:
    with duckdb.connect(str(version), read_only=True) as connection:
        return [
            connection.execute(
                "select known_on from meta.vintages where published_name = ?",
                [f"nationwide-encounters-fy21-fy24-{month}-state.csv"],
            ).fetchone()[0]
            for month in months
        ]


def test_real_ices_book_outs_are_redefined_in_february_2024_and_its_book_ins_are_not(published_on):
    found = difference(published_on(date(2024, 1, 31)), published_on(date(2024, 2, 2)))
    book_outs = kinds_of(found, "book_outs")
    assert set(book_outs) <= {"redefined", "new_period"}
    assert book_outs["redefined"][1] > 10000
    assert "redefined" not in kinds_of(found, "book_ins")
    assert {
        one.kind for one in found.revisions.counts if one.table_name == "ice_final_book_outs"
    } == {"redefined"}
    (labels,) = (one.labels for one in found.figures if one.table == "book_outs")
    assert "release_to_remove" in labels[0].added


def test_real_a_version_is_as_it_is_and_every_table_of_figures_is_compared(
    real_version, published_on
):
    found = difference(real_version, published_on(date(2030, 1, 1)))
    assert found.is_empty
    compared = {figures.table for figures in found.figures if not figures.not_compared}
    with duckdb.connect(str(real_version), read_only=True) as connection:
        histories = connection.execute(
            "select distinct mart from history.reigns union select mart from meta.redefinitions"
        ).fetchall()
    # facilities have no identity of their own; detention_totals are no table of the marts
    assert {mart for (mart,) in histories} - {"facilities", "detention_totals"} <= compared
