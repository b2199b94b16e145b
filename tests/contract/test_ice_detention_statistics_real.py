"""The 94 real ICE workbooks: what they hold, that they foot, and each trap by its file."""

import csv
import io
import json
import zipfile
from datetime import date, datetime

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from orchestration.read.labels import CODE_LISTS
from orchestration.read.reading import Document
from orchestration.read.workbook import open_workbook
from orchestration.series.ice_detention_statistics import SERIES
from tests.conftest import SHARED

pytestmark = pytest.mark.timeout(120)

MAIN = ["ice_initial_book_ins", "ice_final_book_outs"]
NEWEST = {  # the newest vintage of a fiscal year's book-ins, and the day it covers to
    2019: ("FY19-detentionstats.xlsx", date(2019, 9, 30)),
    2021: ("FY21_detentionStats10012021.xlsx", date(2021, 9, 25)),
    2022: ("FY22-detentionStats.xlsx", date(2022, 9, 24)),
    2023: ("FY23_detentionStats10312023.xlsx", date(2023, 9, 30)),
    2024: ("FY24_detentionStats.xlsx", date(2024, 9, 30)),
    2025: ("FY25_detentionStats09242025.xlsx", date(2025, 9, 20)),
}
#: DOMAIN, control figures: workbook -> book-ins, by CBP, by ICE, releases or book-outs, removals
CONTROL = {
    "FY19-detentionstats.xlsx": (510_854, 373_770, 137_084, 263_263, 267_258),
    "FY20-detentionstats.xlsx": (182_869, 83_095, 99_774, 61_886, 185_884),
    "FY21_detentionStats10012021.xlsx": (207_572, 158_904, 48_668, 156_490, 57_627),
    "FY22-detentionStats.xlsx": (306_979, 250_112, 56_867, 246_080, 69_019),
    "FY23_detentionStats10312023.xlsx": (273_220, 188_421, 84_799, 148_002, 142_580),
    "FY24_detentionStats.xlsx": (277_913, 187_298, 90_615, 268_480, 271_484),
}
FY24_BY_REASON = {
    "bonded_out": 11_394,
    "bond_set_by_ice": 3_162,
    "bond_set_by_ij": 8_232,
    "order_of_recognizance": 26_546,
    "order_of_supervision": 7_930,
    "paroled": 60_620,
    "proceedings_terminated": 1_217,
    "release_to_remove": 152_982,
    "relief_granted_by_ij": 1_283,
    "transfer_to_us_marshals_or_other_agency": 6_023,
    "transferred": 451,
    "other": 34,
    "total": 268_480,
}


@pytest.fixture(scope="session")
def publications_of_ice(publications):
    """Path below the folder of publications -> the publication as captured."""
    with (publications / "manifest.csv").open(newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["series"] == SERIES.name]
    return {
        row["path"].rsplit("/", 1)[-1]: Document(
            (publications / row["path"]).read_bytes(),
            row["published_name"],
            datetime.fromisoformat(row["captured_at"]).date() if row["captured_at"] else None,
        )
        for row in rows
    }


@pytest.fixture(scope="session")
def readings(publications_of_ice):
    """File -> what was read in it. Reading the first time is the test of speed."""
    return {file: SERIES.read(document) for file, document in publications_of_ice.items()}


@pytest.fixture(scope="session")
def reading(readings):
    """The reading of the one file whose name ends so."""

    def of(ending):
        (file,) = [file for file in readings if file.endswith(ending)]
        return readings[file]

    return of


def total(frame, **codes):
    """The published figure with these codes; None = NULL; the month is NULL unless given."""
    chosen = frame
    for column, code in ({"reference_month": None} | codes).items():
        chosen = chosen[chosen[column].isna() if code is None else chosen[column] == code]
    (value,) = chosen["value"]
    return value


def rules(findings, rule):
    return [finding for finding in findings if finding.rule == rule]


def test_all_94_workbooks_are_read_with_every_table_of_counts(readings):
    assert len(readings) == 94
    for file, found in readings.items():
        for table in SERIES.tables:
            if table.name == "ice_facilities":
                continue
            assert table.name in found.tables, file
            assert list(found.tables[table.name].columns) == list(table.columns)
            assert len(found.tables[table.name]) > 0


def test_the_only_problem_in_94_workbooks_is_a_facility_sheet_of_another_year(readings):
    problems = {
        (file, problem.rule, problem.table)
        for file, found in readings.items()
        for problem in found.problems
    }
    assert problems == {
        (
            "2021-06-10__FY21_detentionStats060921.xlsx",
            "facility_sheet_of_another_year",
            "ice_facilities",
        )
    }


def test_no_label_of_94_workbooks_is_new(readings):
    for file, found in readings.items():
        assert rules(found.warnings, "new_label") == [], file


def test_every_table_of_every_workbook_foots(readings):
    off = []
    places = 0
    for file, found in readings.items():
        frame = SERIES.footings(found.tables)
        assert set(MAIN) <= set(frame["table_name"]), file
        places += len(frame)
        # Averages are published to five digits and more: they add up but for that rounding.
        slack = frame["table_name"].eq("ice_average_daily_population").map({True: 1e-3, False: 0})
        off += [
            (file, *row)
            for row in frame[(frame.parts - frame.published_total).abs() > slack].values
        ]
    assert off == []
    assert places > 20_000


@pytest.mark.parametrize("name", CONTROL)
def test_fiscal_year_totals_are_the_control_figures(readings, name):
    of_year = [found for file, found in readings.items() if file.endswith(f"__{name}")]
    for found in of_year:
        tables = found.tables
        outs = tables["ice_final_book_outs"]
        assert (
            total(tables["ice_initial_book_ins"], arresting_agency="Total"),
            total(tables["ice_initial_book_ins"], arresting_agency="CBP"),
            total(tables["ice_initial_book_ins"], arresting_agency="ICE"),
            total(outs, release_reason="total", criminality=None),
            total(tables["ice_removals"], removal_kind="total"),
        ) == CONTROL[name]
    assert len(of_year) == (2 if name == "FY20-detentionstats.xlsx" else 1)


def test_book_outs_of_fy24_by_reason_and_only_106_490_released_into_the_us(reading):
    outs = reading("2024-12-20__FY24_detentionStats.xlsx").tables["ice_final_book_outs"]
    year = outs[outs["reference_month"].isna() & outs["criminality"].isna()]
    assert dict(zip(year["release_reason"], year["value"], strict=True)) == FY24_BY_REASON
    reasons = pd.read_csv(CODE_LISTS / "release_reason.csv", keep_default_na=False).drop_duplicates(
        "code"
    )
    into_the_us = set(reasons.loc[reasons["is_released_into_us"] == "true", "code"])
    whole = year[~year["is_sub_reason"]]
    assert whole.loc[whole["release_reason"].isin(into_the_us), "value"].sum() == 106_490


def test_the_months_of_fy21_are_the_carried_facts(reading):
    tables = reading("FY21_detentionStats10012021.xlsx").tables
    facts = pd.read_csv(
        SHARED / "facts" / "ice_detention_fy2021_to_2021-09-25.csv", keep_default_na=False
    )
    ins = tables["ice_initial_book_ins"].assign(measure="initial_book_ins", criminality_label="")
    outs = tables["ice_final_book_outs"].assign(measure="final_releases")
    outs["criminality_label"] = outs["criminality_label"].fillna("Total")
    columns = ["measure", "label", "criminality_label", "reference_month", "value"]
    read = pd.concat(
        [
            ins.rename(columns={"arresting_agency_label": "label"})[columns],
            outs.rename(columns={"release_reason_label": "label"})[columns],
        ]
    ).dropna(subset="reference_month")
    found = {
        (measure, label, criminality, f"{month:%Y-%m}"): value
        for measure, label, criminality, month, value in read.itertuples(index=False)
    }
    assert found == {tuple(row[:-1]): row[-1] for row in facts.itertuples(index=False)}


def test_book_ins_of_three_years_by_agency_and_month_are_the_carried_facts(reading):
    facts = pd.read_csv(SHARED / "facts" / "ice_book_ins_fy2019_fy2021.csv")
    found = {}
    for ending in ("FY19-detentionstats.xlsx", "2021-01-14__FY20-detentionstats.xlsx",
                   "FY21_detentionStats10012021.xlsx"):  # fmt: skip
        frame = reading(ending).tables["ice_initial_book_ins"].dropna(subset="reference_month")
        for row in frame[frame["arresting_agency"] != "Total"].itertuples():
            found[f"{row.reference_month:%Y-%m}", row.arresting_agency] = row.value
    assert found == {(row[0], row[1]): row[2] for row in facts.itertuples(index=False)}


@pytest.mark.parametrize("fiscal_year", NEWEST)
@pytest.mark.parametrize("table", MAIN)
def test_the_newest_vintage_of_a_year_is_chosen_by_coverage_then_capture(
    publications_of_ice, readings, fiscal_year, table
):
    order = {
        file: (found.coverage[table].end, publications_of_ice[file].captured_on or date.min)
        for file, found in readings.items()
        if found.fiscal_years == (fiscal_year,)
    }
    newest = max(order, key=order.__getitem__)
    name, covered_to = NEWEST[fiscal_year]
    assert (publications_of_ice[newest].published_name, order[newest][0]) == (name, covered_to)


def test_no_month_after_the_coverage_is_loaded_as_zero(readings):
    for file, found in readings.items():
        for name in [*MAIN, "ice_average_daily_population"]:
            frame = found.tables[name].dropna(subset="reference_month")
            after = frame[frame["reference_month"] > pd.Timestamp(found.coverage[name].end)]
            assert not after["value"].eq(0).any(), file
            assert frame["reference_month"].nunique() <= 12, file


def test_coverage_lies_in_the_fiscal_year_and_not_after_the_capture(publications_of_ice, readings):
    for file, found in readings.items():
        (year,) = found.fiscal_years
        captured_on = publications_of_ice[file].captured_on
        for name, coverage in found.coverage.items():
            last = date(year, 10, 31) if name == "ice_currently_detained" else date(year, 9, 30)
            assert date(year - 1, 10, 1) <= coverage.start <= coverage.end <= last, (file, name)
            assert captured_on is None or coverage.end <= captured_on, (file, name)


def test_coverage_is_inferred_where_no_footnote_can_be_true_and_nowhere_else(readings):
    inferred = {
        (file.split("__")[1], name)
        for file, found in readings.items()
        for name, coverage in found.coverage.items()
        if coverage.basis == "inferred"
    }
    of_fy21_061121 = {
        (file, name) for file, name in inferred if file == "FY21_detentionStats061121.xlsx"
    }
    assert {name for _, name in of_fy21_061121} == {
        table.name for table in SERIES.tables if table.name != "ice_facilities"
    }
    assert inferred - of_fy21_061121 == {
        ("FY19-detentionstats.xlsx", "ice_facilities"),  # dated a day after the capture
        ("FY23_detentionStats02032023.xlsx", "ice_facilities"),  # dated a year too early
    }


# --- one trap, one file ---


def test_fy24_11152024_holds_fy25(reading):
    found = reading("FY24_detentionStats11152024.xlsx")
    assert found.fiscal_years == (2025,)
    assert rules(found.warnings, "fiscal_year_differs_from_name")
    assert found.coverage["ice_initial_book_ins"].end == date(2024, 11, 2)


def test_fy21_060921_holds_fy20_beside_a_facility_sheet_of_fy21(reading):
    found = reading("FY21_detentionStats060921.xlsx")
    assert found.fiscal_years == (2020,)
    assert rules(found.warnings, "fiscal_year_differs_from_name")
    assert found.coverage["ice_initial_book_ins"].end == date(2020, 6, 20)
    assert "ice_facilities" not in found.tables
    others = found.tables["ice_other_tables"]
    assert others["sheet"].eq("Facilities FY21 YTD").sum() > 3_000  # kept, cell by cell


def test_fy21_07222020_has_the_wrong_year_in_its_name_only(reading):
    found = reading("FY21_detentionStats07222020.xlsx")
    assert found.fiscal_years == (2021,)
    assert found.coverage["ice_initial_book_ins"].end == date(2021, 7, 17)
    assert SERIES.publication_month("/doclib/detention/FY21_detentionStats07222020.xlsx") is None


def test_fy21_061121_has_footnotes_of_the_year_before_beside_its_figures(reading):
    found = reading("FY21_detentionStats061121.xlsx")
    coverage = found.coverage["ice_final_book_outs"]
    assert (coverage.end, coverage.basis) == (date(2021, 6, 12), "inferred")
    warned = {warning.table for warning in rules(found.warnings, "coverage_inferred")}
    assert set(MAIN) <= warned


@pytest.mark.parametrize(
    ("ending", "covered_to"),
    [("03172022b.xlsx", date(2022, 3, 12)), ("_03312022.xlsx", date(2022, 3, 26))],
)
def test_two_fy22_files_head_the_footnote_of_removals_with_final_releases(
    reading, ending, covered_to
):
    found = reading(ending)
    for name in ("ice_removals", *MAIN):
        assert (found.coverage[name].end, found.coverage[name].basis) == (covered_to, "stated")


def test_fy25_08292025_leaves_the_date_of_removals_standing(reading):
    found = reading("FY25_detentionStats08292025.xlsx")
    assert found.coverage["ice_initial_book_ins"].end == date(2025, 8, 23)
    assert found.coverage["ice_removals"].end == date(2025, 8, 9)
    assert {w.table for w in rules(found.warnings, "coverage_lags")} == {"ice_removals"}
    before = reading("FY25_detentionStats08142025.xlsx")
    assert before.coverage["ice_removals"].end == date(2025, 8, 9)
    assert total(before.tables["ice_removals"], removal_kind="total") == 266_377
    assert total(found.tables["ice_removals"], removal_kind="total") == 283_295


def test_fy25_12122024_has_seven_book_ins_of_the_month_after_its_stated_day(reading):
    found = reading("FY25_detentionStats12122024.xlsx")
    coverage = found.coverage["ice_initial_book_ins"]
    assert (coverage.end, coverage.basis) == (date(2024, 11, 30), "stated")
    assert total(
        found.tables["ice_initial_book_ins"],
        arresting_agency="Total",
        reference_month=pd.Timestamp("2024-12-01"),
    ) == 7  # fmt: skip


@pytest.mark.parametrize(
    "ending", ["FY26_detentionStats01082026.xlsx", "08042022.xlsx", "08092022.xlsx"]
)
def test_a_hidden_detention_sheet_of_fy20_does_not_win(reading, ending):
    found = reading(ending)
    assert found.fiscal_years[0] in (2022, 2026)
    hidden = [warning.message for warning in rules(found.warnings, "hidden_sheet")]
    assert any(message.startswith("Detention EOFY2020") for message in hidden)
    others = found.tables["ice_other_tables"]
    kept = others[others["sheet"] == "Detention EOFY2020"]
    assert 182_869 in set(kept["value"])
    assert 182_869 not in set(found.tables["ice_initial_book_ins"]["value"])


def test_fy26_01082026_has_the_text_null_in_four_number_cells(reading):
    outs = reading("FY26_detentionStats01082026.xlsx").tables["ice_final_book_outs"]
    null = outs[outs["published_text"] == "null"]
    assert set(null["null_reason"]) == {"unreadable"}
    assert null["value"].isna().all()
    assert set(null["source_place"]) == {f"Detention FY26!F{row}" for row in (60, 61, 72, 83)}


def test_the_january_2021_workbook_has_1_882_facilities_for_the_gate_to_judge(reading):
    found = reading("2021-01-13__FY21-detentionstats.xlsx")
    assert len(found.tables["ice_facilities"]) == 1_882
    assert total(found.tables["ice_initial_book_ins"], arresting_agency="Total") == 26_094


def test_every_other_workbook_has_between_100_and_225_facilities(readings):
    counts = {
        file: len(found.tables["ice_facilities"])
        for file, found in readings.items()
        if "ice_facilities" in found.tables and "2021-01-13" not in file
    }
    assert len(counts) == 92
    assert 100 <= min(counts.values()) <= max(counts.values()) <= 225


def test_zip_codes_are_five_digits_whether_published_as_numbers_or_texts(readings):
    for file, found in readings.items():
        zips = found.tables.get("ice_facilities", pd.DataFrame({"zip": []}))["zip"].dropna()
        assert zips.astype(str).str.fullmatch(r"\d{5}(-\d{4})?").all(), file


def test_facilities_keep_the_columns_we_do_not_know(reading):
    found = reading("2024-12-20__FY24_detentionStats.xlsx").tables["ice_facilities"]
    kept = [json.loads(text) for text in found["other_columns"].dropna()]
    assert kept
    assert {key for cells in kept for key in cells} == {"Pending FY25 Inspection"}


def test_the_facilities_of_fy21_10012021_are_those_of_may(reading):
    coverage = reading("FY21_detentionStats10012021.xlsx").coverage["ice_facilities"]
    assert (coverage.end, coverage.basis) == (date(2021, 5, 3), "stated")


def test_facility_type_labels_are_swapped_in_one_fy20_file_and_kept_as_published(reading):
    """FRC and Adult change places between the two FY20 workbooks; the gate cannot tell which."""

    def by_type(ending):
        frame = reading(ending).tables["ice_book_ins_by_facility_type"]
        year = frame[frame["criminality"].isna()]
        return dict(zip(year["facility_type"], year["value"], strict=True))

    swapped = by_type("2021-01-14__FY20-detentionstats.xlsx")
    other = by_type("undated__FY20-detentionstats.xlsx")
    assert swapped["adult"] == other["family_residential_center"]
    assert swapped["family_residential_center"] == other["adult"]


def test_the_order_of_the_agencies_changes_after_fy19(reading):
    def order(ending):
        frame = reading(ending).tables["ice_initial_book_ins"]
        return list(frame["arresting_agency"].drop_duplicates())

    assert order("FY19-detentionstats.xlsx") == ["Total", "ICE", "CBP"]
    assert order("FY21_detentionStats10012021.xlsx") == ["Total", "CBP", "ICE"]


def test_october_2023_jumps_with_the_definition_not_with_a_revision(reading):
    october = {"reference_month": pd.Timestamp("2023-10-01")}
    figures = {}
    for ending in ("FY24_detentionStats01042024.xlsx", "FY24_detentionStats02012024.xlsx"):
        outs = reading(ending).tables["ice_final_book_outs"]
        (definition,) = outs["definition"].unique()
        figures[definition] = total(outs, release_reason="total", criminality=None, **october)
    assert figures == {"final_releases": 10_028, "final_book_outs": 20_375}


def test_releases_are_annual_to_april_2021_and_monthly_from_june(reading):
    annual = reading("2021-04-04__FY21_detention-stats_0331.xlsx").tables["ice_final_book_outs"]
    monthly = reading("FY21_detentionStats061121.xlsx").tables["ice_final_book_outs"]
    assert annual["reference_month"].isna().all()
    assert monthly["reference_month"].nunique() == 9
    assert {"prosecutorial_discretion"} == set(annual["release_reason"]) - set(
        monthly["release_reason"]
    )


def test_prosecutorial_discretion_was_695_in_fy19_and_4_in_fy20(reading):
    for ending, expected in (
        ("FY19-detentionstats.xlsx", 695),
        ("2021-01-14__FY20-detentionstats.xlsx", 4),
    ):
        outs = reading(ending).tables["ice_final_book_outs"]
        assert total(outs, release_reason="prosecutorial_discretion", criminality=None) == expected


def test_fy19_has_non_criminals_in_its_average_daily_population(reading):
    frame = reading("FY19-detentionstats.xlsx").tables["ice_average_daily_population"]
    assert set(frame["criminality"].dropna()) == {"convicted_criminal", "non_criminal"}


def test_identical_tables_come_back_under_new_names(readings):
    """Seven workbooks repeat the typed tables of one before; one of them repeats every cell."""
    seen, repeats = {}, []
    for file, found in readings.items():
        tables = {name: frame.drop(columns="source_place") for name, frame in found.tables.items()}
        whole = tuple(
            pd.util.hash_pandas_object(frame, index=False).sum()
            for name, frame in tables.items()
            if name != "ice_other_tables"
        )
        if whole in seen:
            repeats.append(file)
        seen[whole] = file
    assert len(repeats) == 7
    same = {readings[file].content_sha256() for file in readings if "04122023" in file}
    assert len(same) == 1


@pytest.mark.parametrize(
    "ending", ["06052025.xlsx", "09242025.xlsx", "01082026.xlsx", "FY19-detentionstats.xlsx"]
)
def test_no_written_cell_is_lost_or_kept_twice(publications_of_ice, readings, ending):
    (file,) = [file for file in readings if file.endswith(ending)]
    written = {
        sheet.place(*place): cell
        for sheet in open_workbook(publications_of_ice[file]).sheets
        for place, cell in sheet.written.items()
    }
    tables = dict(readings[file].tables)
    others = list(tables.pop("ice_other_tables")["source_place"])
    facilities = tables.pop("ice_facilities")
    typed = {place for frame in tables.values() for place in frame["source_place"]}
    assert len(others) == len(set(others))
    assert not typed & set(others)
    assert set(others) <= set(written)
    facility_sheet = facilities["source_place"].iloc[0].split("!")[0]
    elsewhere = {
        place: cell
        for place, cell in written.items()
        if place not in typed and place not in set(others) and place.split("!")[0] != facility_sheet
    }
    # What is left are titles, headers and labels of typed tables, and zeros of months to come.
    assert {cell for cell in elsewhere.values() if not isinstance(cell, str)} <= {0}
    assert len({place.split("!")[0] for place in elsewhere}) == 1


def test_the_sheet_of_dimension_a1_xfc1041_in_fy25_09242025_is_read_cell_by_cell(
    publications_of_ice, readings
):
    (file,) = [file for file in readings if file.endswith("FY25_detentionStats09242025.xlsx")]
    content = publications_of_ice[file].content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b'<dimension ref="A1:XFC1041"/>' in parts.read("xl/worksheets/sheet8.xml")
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = workbook.get_sheet_by_name("Monthly Segregation").to_python()
    assert len(rows) == 1041
    written = {
        f"Monthly Segregation!{'ABCDEF'[j]}{i}": cell
        for i, row in enumerate(rows, start=1)
        for j, cell in enumerate(row)
        if isinstance(cell, float)
    }
    assert (len(written), sum(written.values())) == (972, 27_732)
    read = readings[file].tables["ice_other_tables"].dropna(subset="value")
    read = read[read["sheet"] == "Monthly Segregation"]
    assert dict(zip(read["source_place"], read["value"], strict=True)) == written
    assert readings[file].problems == []
