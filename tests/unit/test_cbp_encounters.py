"""What the three encounter files share: years, months, counts, codes, coverage, names, links."""

from datetime import date

import pandas as pd
import pytest

from orchestration.read.cbp_encounters import last_month_by_name, publication_month
from orchestration.read.reading import Coverage, Document, PublicationError
from orchestration.series import (
    cbp_nationwide_encounters_aor,
    cbp_nationwide_encounters_state,
    cbp_southwest_encounters,
)
from orchestration.series.series import FOOTING_COLUMNS
from tests.unit.cbp_documents import SOUTHWEST_HEADER, STATE_HEADER, csv_document, state_row

STATE = cbp_nationwide_encounters_state.SERIES
SOUTHWEST = cbp_southwest_encounters.SERIES
AOR = cbp_nationwide_encounters_aor.SERIES


def read_state(*rows, **about):
    return STATE.read(csv_document(STATE_HEADER, *rows, **about))


def state_rows(*rows, **about):
    return read_state(*rows, **about).tables[STATE.name]


def southwest_rows(*rows, **about):
    document = csv_document(
        SOUTHWEST_HEADER, *rows, name="sbo-encounters-fy22-fy22-oct.csv", **about
    )
    return SOUTHWEST.read(document).tables[SOUTHWEST.name]


def test_a_frame_has_the_columns_of_its_table_in_order():
    frame = state_rows(state_row())
    assert list(frame.columns) == list(STATE.tables[0].columns)
    assert frame["reference_month"].dtype.kind == "M"
    assert frame["value"].dtype == "float64"
    assert frame["is_new_label"].dtype == "bool"


def test_an_open_fiscal_year_is_the_year_before_its_mark():
    frame = state_rows(state_row(fiscal_year="2024 (FYTD)"))
    assert frame["fiscal_year"].tolist() == [2024]


def test_october_lies_in_the_year_before_its_fiscal_year_and_january_in_it():
    months = [state_row(month=month) for month in ("OCT", "NOV", "DEC", "JAN")]
    assert state_rows(*months)["reference_month"].tolist() == [
        pd.Timestamp(2023, 10, 1), pd.Timestamp(2023, 11, 1), pd.Timestamp(2023, 12, 1),
        pd.Timestamp(2024, 1, 1),
    ]  # fmt: skip


def test_the_month_grouping_is_kept_and_parts_no_key():
    frame = state_rows(state_row(grouping="FYTD"), state_row(grouping="Remaining", count="4"))
    assert frame["month_grouping"].tolist() == ["FYTD", "Remaining"]
    assert frame["value"].sum() == 7


def test_only_the_month_grouping_or_the_line_does_not_make_another_content():
    one = read_state(state_row(grouping="FYTD"))
    other = read_state("", state_row(grouping="Remaining"))
    corrected = read_state(state_row(count="4"))
    assert one.content_sha256() == other.content_sha256() != corrected.content_sha256()


def test_the_old_and_the_new_word_for_unaccompanied_children_are_one_code():
    frame = state_rows(state_row(demographic="UC / Single Minors"), state_row(demographic="UAC"))
    assert frame["demographic"].tolist() == ["unaccompanied_child"] * 2
    assert frame["demographic_label"].tolist() == ["UC / Single Minors", "UAC"]


def test_a_citizenship_is_in_title_case_with_its_group():
    frame = state_rows(
        state_row(citizenship='"CHINA, PEOPLES REPUBLIC OF"'),
        state_row(citizenship="EL SALVADOR"),
        state_row(citizenship="MYANMAR (BURMA)"),
    )
    assert frame["citizenship"].tolist() == [
        "China, Peoples Republic of", "El Salvador", "Myanmar (Burma)",
    ]  # fmt: skip
    assert frame["citizenship_group"].tolist() == ["Other", "El Salvador", "Other"]


def test_a_new_label_is_loaded_as_itself_flagged_and_warned_about_once():
    reading = read_state(
        state_row(citizenship="SENEGAL"), state_row(citizenship="SENEGAL"), state_row()
    )
    frame = reading.tables[STATE.name]
    assert frame["citizenship"].tolist() == ["Senegal", "Senegal", "Mexico"]
    assert frame["citizenship_group"].tolist() == ["Other", "Other", "Mexico"]
    assert frame["is_new_label"].tolist() == [True, True, False]
    assert [warning.rule for warning in reading.warnings] == ["new_label"]
    assert "line 2: found citizenship_label 'SENEGAL' in 2 rows" in reading.warnings[0].message


def test_a_new_demographic_becomes_a_code_of_its_own():
    frame = state_rows(state_row(demographic="Unknown Demographic"))
    assert frame["demographic"].tolist() == ["unknown_demographic"]
    assert frame["is_new_label"].all()


def test_a_blank_label_stays_null_and_is_not_new():
    frame = state_rows(state_row(demographic=""))
    assert frame["demographic"].isna().all()
    assert not frame["is_new_label"].any()


def test_an_explicit_zero_is_a_row():
    assert state_rows(state_row(count="0"))["value"].tolist() == [0.0]


def test_a_count_that_is_none_is_null_with_its_text_and_a_warning():
    reading = read_state(state_row(count="abc"), state_row(count=""))
    frame = reading.tables[STATE.name]
    assert frame["value"].isna().all()
    assert frame["null_reason"].tolist() == ["unreadable", "blank"]
    assert frame["published_text"].tolist()[0] == "abc"
    assert [warning.rule for warning in reading.warnings] == ["unreadable_number"]


def test_negative_and_fractional_counts_are_left_to_the_gate():
    assert state_rows(state_row(count="-3"), state_row(count="2.5"))["value"].tolist() == [-3, 2.5]


@pytest.mark.parametrize("bad", [state_row(month="SMARCH"), state_row(fiscal_year="24")])
def test_a_row_whose_time_cannot_be_told_is_an_error_not_a_total(bad):
    with pytest.raises(
        PublicationError, match=r"state.csv, line 3: found .*expected a (month|year)"
    ):
        read_state(state_row(), bad)


def test_a_month_without_rows_between_others_is_half_a_file():
    with pytest.raises(PublicationError, match="no rows for 2023-11, 2023-12"):
        read_state(state_row(month="OCT"), state_row(month="JAN"))


def test_a_renamed_column_leaves_no_table():
    document = csv_document(STATE_HEADER.replace("Demographic", "Family Status"), state_row())
    with pytest.raises(PublicationError, match="missing: 'Demographic'"):
        STATE.read(document)


def test_coverage_is_stated_where_the_name_says_the_last_month():
    reading = read_state(state_row())
    assert reading.coverage[STATE.name] == Coverage(date(2023, 10, 1), date(2023, 10, 31), "stated")
    assert reading.warnings == []


def test_coverage_is_inferred_where_the_name_promises_more():
    reading = read_state(state_row(), name="nationwide-encounters-fy24-fy24-nov-state.csv")
    assert reading.coverage[STATE.name].end == date(2023, 10, 31)
    assert reading.coverage[STATE.name].basis == "inferred"
    assert "promises November 2023" in reading.warnings[0].message
    assert reading.warnings[0].rule == "coverage_inferred"


def test_a_file_that_lacks_its_last_month_and_the_end_of_its_last_line_is_cut():
    whole = csv_document(
        STATE_HEADER, state_row(), name="nationwide-encounters-fy24-fy24-nov-state.csv"
    )
    with pytest.raises(PublicationError, match=r"last line: .*expected figures through November"):
        STATE.read(Document(whole.content.rstrip(), whole.published_name))


def test_a_last_line_without_its_end_is_warned_about():
    whole = csv_document(STATE_HEADER, state_row())
    reading = STATE.read(Document(whole.content.rstrip(), whole.published_name))
    assert [warning.rule for warning in reading.warnings] == ["last_line_unfinished"]


def test_inferred_coverage_does_not_end_after_the_capture():
    reading = read_state(state_row(), name="encounters.csv", captured_on=date(2023, 10, 20))
    assert reading.coverage[STATE.name].end == date(2023, 10, 20)


def test_other_years_than_the_name_promises_are_warned_about_and_count():
    reading = read_state(state_row(), name="nationwide-encounters-fy21-fy24-oct-state.csv")
    assert reading.fiscal_years == (2024,)
    assert [warning.rule for warning in reading.warnings] == ["fiscal_year_differs_from_name"]


def test_title_42_is_an_expulsion_whatever_the_published_type():
    frame = southwest_rows(
        "2022,FYTD,OCT,U.S. Border Patrol,FMUA,Honduras,Title 42,Apprehensions,9584.0",
        "2022,FYTD,OCT,U.S. Border Patrol,FMUA,Honduras,Title 8,Apprehensions,5",
        "2022,FYTD,OCT,Office of Field Operations,FMUA,Honduras,Title 8,Inadmissibles,4",
        "2022,FYTD,OCT,Office of Field Operations,FMUA,Honduras,Title 42,Expulsions,3",
    )
    assert frame["encounter_type"].tolist() == [
        "expulsion", "apprehension", "inadmissible", "expulsion",
    ]  # fmt: skip
    assert frame["encounter_type_label"].tolist()[0] == "Apprehensions"
    assert frame["component"].tolist() == ["USBP", "USBP", "OFO", "OFO"]
    assert frame["value"].tolist() == [9584, 5, 4, 3]


def test_the_type_is_null_under_an_unknown_title():
    frame = southwest_rows("2022,FYTD,OCT,U.S. Border Patrol,FMUA,Honduras,Title 50,Expulsions,3")
    assert frame["encounter_type"].isna().all()
    assert frame["title_of_authority"].tolist() == ["title_50"]


def test_a_new_citizenship_grouping_keeps_its_name():
    frame = southwest_rows(
        "2022,FYTD,OCT,U.S. Border Patrol,FMUA,Venezuela,Title 8,Apprehensions,3"
    )
    assert frame["citizenship_group"].tolist() == ["Venezuela"]
    assert frame["is_new_label"].all()


def test_encounter_files_publish_no_totals():
    for series in (STATE, SOUTHWEST, AOR):
        assert series.footings({}).columns.tolist() == FOOTING_COLUMNS
        assert series.footings({}).empty


@pytest.mark.parametrize(
    ("path", "month"),
    [
        ("/sites/default/files/assets/documents/2023-Nov/nationwide-encounters-fy20-fy23-state.csv",
         date(2023, 11, 1)),
        ("/sites/default/files/2026-08/nationwide-encounters-fy23-fy26-jul-aor.csv",
         date(2026, 8, 1)),
        ("nationwide-encounters-fy21-fy24-apr-state.csv", date(2024, 5, 1)),
        ("nationwide-encounters-fy21-fy24-dec-state.csv", date(2024, 1, 1)),
        ("nationwide-encounters-fy21-fy24-oct-state.csv", date(2023, 11, 1)),
        ("nationwide-encounters-fy20-fy23-state_0.csv", date(2023, 11, 1)),
        ("sbo-encounters-fy22-fy25-nov.csv", date(2024, 12, 1)),
        ("/sites/default/files/encounters.csv", None),
    ],
)  # fmt: skip
def test_the_publication_month_is_from_the_folder_else_from_the_name(path, month):
    assert publication_month(path) == month


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("nationwide-encounters-fy21-fy24-apr-state.csv", date(2024, 4, 1)),
        ("nationwide-encounters-fy21-fy24-dec-aor.csv", date(2023, 12, 1)),
        ("nationwide-encounters-fy20-fy23-aor.csv", date(2023, 9, 1)),
        ("nationwide-encounters-fy19-fy22.csv", date(2022, 9, 1)),
        ("sbo-encounters-fy22-fy25-nov.csv", date(2024, 11, 1)),
        ("encounters.csv", None),
    ],
)
def test_a_name_promises_its_last_month(name, month):
    assert last_month_by_name(name) == month


FOLDER = "/sites/default/files/assets/documents/2022-Oct/"


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("nationwide-encounters-fy19-fy22.csv", AOR),
        ("nationwide-encounters-fy19-fy22-aug.csv", AOR),
        ("nationwide-encounters-fy20-fy23-aor.csv", AOR),
        ("nationwide-encounters-fy20-fy23-jun-aor_0.csv", AOR),
        ("nationwide-encounters-fy20-fy23-state.csv", STATE),
        ("nationwide-encounters-fy20-fy23-jun-state_0.csv", STATE),
        ("sbo-encounters-fy19-fy22.csv", SOUTHWEST),
        ("sbo-encounters-fy22-fy25-nov_1.csv", SOUTHWEST),
        ("nationwide-encounters-data-dictionary.pdf", None),
        ("nationwide-drug-seizures-fy20-fy23.csv", None),
    ],
)
def test_each_link_belongs_to_one_series(name, series):
    matching = [s for s in (STATE, AOR, SOUTHWEST) if s.link_pattern.fullmatch(FOLDER + name)]
    assert matching == ([series] if series else [])


MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")


def two_years(*last_month):
    """FMUA and UAC in every month of FY2023 and in FY2024 to March, but in the last month."""
    months = [("2023", month) for month in MONTHS] + [("2024", month) for month in MONTHS[:5]]
    rows = [
        state_row(fiscal_year=year, month=month, demographic=demographic)
        for year, month in months
        for demographic in ("FMUA", "UAC")
    ]
    last = [state_row(fiscal_year="2024", month="MAR", demographic=label) for label in last_month]
    return read_state(*rows, *last, name="nationwide-encounters-fy23-fy24-mar-state.csv")


def test_a_last_month_that_ends_before_the_labels_that_end_all_others_is_cut():
    assert two_years("FMUA", "UAC").warnings == []
    with pytest.raises(PublicationError, match="ends with Demographic 'FMUA'; expected 'UAC'"):
        two_years("FMUA")


def test_a_last_month_that_ends_with_a_new_label_is_not_taken_for_a_cut_one_among_few_months():
    rows = [state_row(month=month, demographic="UAC") for month in ("OCT", "NOV")]
    reading = read_state(*rows, state_row(month="DEC", demographic="UC"))
    assert len(reading.tables[STATE.name]) == 3


@pytest.mark.parametrize("label", ["—", "...", "中国", "ГРУЗИЯ"])
def test_a_label_of_no_latin_letters_is_a_label_and_not_blank(label):
    reading = read_state(state_row(demographic=label, citizenship=label))
    frame = reading.tables[STATE.name]
    assert frame["demographic_label"].tolist() == [label]
    assert frame["demographic"].tolist() == [label.casefold()]
    assert frame["citizenship"].notna().all()
    assert frame["is_new_label"].all()


def test_a_label_cannot_write_into_a_terminal_or_fill_a_log():
    reading = read_state(
        state_row(demographic="\x1b[2J<script>", citizenship="x" * 100_000, month="OCT")
    )
    assert reading.tables[STATE.name]["demographic_label"].tolist() == ["\x1b[2J<script>"]
    for warning in reading.warnings:
        assert warning.message.isprintable()
        assert len(warning.message) <= 1000


@pytest.mark.parametrize("year", ["0000", "1924", "9999", "٢٠٢٤"])
def test_a_year_that_no_file_can_be_about_is_an_error(year):
    with pytest.raises(PublicationError, match="expected a year such as"):
        read_state(state_row(fiscal_year=year))


def test_a_row_without_a_month_says_that_it_has_none():
    with pytest.raises(PublicationError, match=r"found Month \(abbv\) '' \(1 such rows\)"):
        read_state(state_row(month=""))
