"""The bundled sample: real totals in the agencies' layouts, read back by the real readers."""

import csv
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest

from orchestration.mirror.manifest import read_manifest
from orchestration.mirror.sample import code_version, sample_publications, write_sample
from orchestration.mirror.sample_facts import FACTS, FILES
from orchestration.read.reading import Document, Reading
from orchestration.series.catalog import SERIES
from orchestration.settings import PROJECT_ROOT
from tests.conftest import SHARED

STATE = "cbp_nationwide_encounters_state"
AOR = "cbp_nationwide_encounters_aor"
SOUTHWEST = "cbp_southwest_encounters"
HISTORY = "cbp_border_patrol_history"
CUSTODY = "cbp_custody_transfers"
ICE = "ice_detention_statistics"
OHSS = "ohss_monthly_tables"
CBP_ENCOUNTERS = (STATE, AOR, SOUTHWEST)

COMPONENT = {"U.S. Border Patrol": "USBP", "Office of Field Operations": "OFO"}
TITLE = {"Title 8": "title_8", "Title 42": "title_42"}
REGION = {
    "Southwest Land Border": "southwest",
    "Northern Land Border": "northern",
    "Other": "other",
}
DEMOGRAPHIC = {
    "Accompanied Minors": "accompanied_minor",
    "FMUA": "family_unit",
    "Single Adults": "single_adult",
    "UC / Single Minors": "unaccompanied_child",
}
#: Tables without a real total, which the sample leaves out.
ABSENT = {
    CUSTODY: {
        "usbp_processing_dispositions",
        "usbp_transfer_destinations",
        "ofo_credible_fear_dispositions",
        "ofo_credible_fear_programs",
        "ofo_credible_fear_transfers",
        "usbp_in_custody",
        "ofo_in_custody",
    },
    ICE: {
        "ice_removals",
        "ice_currently_detained",
        "ice_average_daily_population",
        "ice_book_ins_by_facility_type",
        "ice_facilities",
    },
    OHSS: {table.name for table in SERIES[OHSS].tables}
    - {"swb_book_outs_by_family_status", "swb_encounters_by_sector"},
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def readings() -> dict[str, list[tuple[str, Reading]]]:
    """Series -> (captured_at, reading) of each vintage, oldest first."""
    found: dict[str, list[tuple[str, Reading]]] = {}
    for publication in sample_publications():
        captured = publication.captured_at
        # a capture of which only the month is known may have been made on its first day
        day = date.fromisoformat(captured if len(captured) == 10 else f"{captured}-01")
        document = Document(publication.content, publication.published_name, day)
        reading = SERIES[publication.series].read(document)
        found.setdefault(publication.series, []).append((captured, reading))
    return {name: sorted(vintages, key=lambda v: v[0]) for name, vintages in found.items()}


def facts(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def last(readings: dict[str, list[tuple[str, Reading]]], series: str, table: str) -> pd.DataFrame:
    return with_month(readings[series][-1][1].tables[table])


def on(readings: dict[str, list[tuple[str, Reading]]], series: str, day: str) -> pd.DataFrame:
    reading = next(reading for captured, reading in readings[series] if captured == day)
    return with_month(reading.tables[series])


def with_month(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(month=frame["reference_month"].dt.strftime("%Y-%m"))


def totals(frame: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], float]:
    """Sums over the rows of each group, but for groups that hold nothing but zeros."""
    sums = frame.groupby(list(keys))["value"].sum()
    return {key: value for key, value in sums.items() if value}


def southwest_usbp(frame: pd.DataFrame, title: str | None = None) -> dict[str, float]:
    rows = frame[frame["component"].eq("USBP")]
    rows = rows if title is None else rows[rows["title_of_authority"].eq(title)]
    return rows.groupby("month")["value"].sum().to_dict()


# --- the folder


def test_the_same_code_writes_the_same_bytes(sample, tmp_path):
    again = write_sample(tmp_path / "again")
    names = sorted(path.relative_to(sample) for path in sample.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for name in names:
        assert (sample / name).read_bytes() == (again / name).read_bytes(), name


def test_a_folder_that_is_written_already_is_left_alone(tmp_path):
    folder = write_sample(tmp_path / "sample")
    manifest = folder / "manifest.csv"
    before = manifest.stat().st_mtime_ns
    write_sample(folder)
    assert manifest.stat().st_mtime_ns == before


def test_a_sample_of_another_version_is_replaced(tmp_path):
    folder = write_sample(tmp_path / "sample")
    (folder / ".written-by").write_text("an earlier version")
    leftover = folder / "ohss" / "from an earlier version.xlsx"
    leftover.write_text("")
    write_sample(folder)
    assert not leftover.exists()
    assert len(read_manifest(folder)) == len(list(sample_publications()))


def test_the_sample_is_written_anew_when_a_published_total_changes(tmp_path, monkeypatch):
    before = code_version()
    changed = tmp_path / "published_control_totals.csv"
    changed.write_bytes(FILES["published_control_totals"].read_bytes() + b"\n")
    monkeypatch.setitem(FILES, "published_control_totals", changed)
    assert code_version.__wrapped__() != before


def test_a_sample_that_was_interrupted_is_written_again(tmp_path):
    folder = write_sample(tmp_path / "sample")
    (folder / ".written-by").unlink()
    (folder / "manifest.csv").unlink()
    write_sample(folder)
    assert read_manifest(folder)


def test_a_folder_with_other_files_is_not_deleted(tmp_path):
    (tmp_path / "figures.xlsx").write_text("mine")
    with pytest.raises(ValueError, match="not the bundled sample"):
        write_sample(tmp_path)
    assert (tmp_path / "figures.xlsx").read_text() == "mine"


def test_the_manifest_can_be_served_and_names_each_file_with_its_sha256(sample):
    rows = read_manifest(sample)
    files = {path for path in sample.rglob("*") if path.is_file() and path.parent != sample}
    assert {row.file for row in rows} == files
    for row in rows:
        assert hashlib.sha256(row.file.read_bytes()).hexdigest() == row.sha256
    with (sample / "manifest.csv").open(newline="") as file:
        assert {line["obtained_from"] for line in csv.DictReader(file)} == {
            "written by border-warehouse from published monthly totals"
        }


def test_every_series_that_is_not_frozen_has_at_least_three_vintages(readings):
    assert set(readings) == set(SERIES)
    for name, vintages in readings.items():
        assert len(vintages) >= (1 if SERIES[name].frozen else 3), name


def test_every_address_is_one_that_the_series_finds_on_its_pages():
    for publication in sample_publications():
        series = SERIES[publication.series]
        if publication.published_url:
            parts = urlsplit(publication.published_url)
            assert parts.netloc in {urlsplit(page).netloc for page in series.landing_pages}
            assert series.page_is_publication or series.link_pattern.search(parts.path), parts.path


def test_a_folder_in_an_address_is_the_month_of_the_capture():
    for publication in sample_publications():
        month = SERIES[publication.series].publication_month(
            urlsplit(publication.published_url).path
        )
        if publication.agency != "ICE" and month is not None:
            assert f"{month:%Y-%m}" == publication.captured_at[:7]


def test_the_carried_facts_are_those_that_the_project_was_given():
    if not (SHARED / "facts").is_dir():
        pytest.skip("the facts are not beside this checkout")
    carried = [path for path in FACTS.glob("*.csv") if path.name != "fiscal_year_totals.csv"]
    carried.append(PROJECT_ROOT / "dbt_project" / "seeds" / "published_control_totals.csv")
    assert len(carried) > 1
    for path in carried:
        assert path.read_bytes() == (SHARED / "facts" / path.name).read_bytes(), path.name


# --- what the readers make of it


def test_the_readers_find_nothing_wrong_but_tables_that_have_no_real_total(readings):
    for name, vintages in readings.items():
        for captured, reading in vintages:
            absent = {finding.table for finding in reading.problems}
            assert absent <= ABSENT.get(name, set()), (name, captured, reading.problems)
            assert {finding.rule for finding in reading.problems} <= {"table_missing"}


def test_the_only_warning_is_the_number_that_cbp_itself_wrote_wrongly(readings):
    warnings = [
        (name, captured, finding.rule)
        for name, vintages in readings.items()
        for captured, reading in vintages
        for finding in reading.warnings
    ]
    assert warnings == [(CUSTODY, "2022-11", "ambiguous_number")]


def test_no_label_is_new(readings):
    for name, table, frame in all_tables(readings):
        assert not frame["is_new_label"].any(), (name, table)


def test_every_footing_but_those_of_the_custody_page_and_ohss_is_exact(readings):
    """The agencies' own slips (custody page) and rounding to 10 (OHSS) are left as published."""
    checked = 0
    for name in (HISTORY, ICE):
        for captured, reading in readings[name]:
            footings = SERIES[name].footings(reading.tables)
            checked += len(footings)
            wrong = footings[footings["parts"] != footings["published_total"]]
            assert wrong.empty, (name, captured, wrong)
    assert checked > 1000


def all_tables(
    readings: dict[str, list[tuple[str, Reading]]],
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for name, vintages in readings.items():
        for _, reading in vintages:
            for table, frame in reading.tables.items():
                yield name, table, frame


@pytest.mark.parametrize(
    ("series", "first", "last_month"),
    [
        (STATE, "2019-10", "2021-09"),
        (AOR, "2019-10", "2021-09"),
        (SOUTHWEST, "2018-10", "2021-09"),
        (HISTORY, "1999-10", "2020-09"),
        (CUSTODY, "2020-10", "2024-09"),
        (ICE, "2018-10", "2021-09"),
        (OHSS, "2018-10", "2021-09"),
    ],
)
def test_no_month_without_a_real_total_appears(readings, series, first, last_month):
    months = {
        month
        for name, _, frame in all_tables(readings)
        if name == series
        for month in frame["reference_month"].dropna().dt.strftime("%Y-%m")
    }
    assert (min(months), max(months)) == (first, last_month)


def test_a_vintage_holds_no_month_after_its_capture(readings):
    for vintages in readings.values():
        for captured, reading in vintages:
            for frame in reading.tables.values():
                months = frame["reference_month"].dropna().dt.strftime("%Y-%m")
                assert months.empty or months.max() <= captured[:7]


# --- CBP: totals, and what was restated


def test_southwest_totals_by_component_and_title_are_the_published_ones(readings):
    expected = {
        (
            row["reference_month"],
            COMPONENT[row["component"]],
            TITLE[row["title_of_authority"]],
        ): int(row["encounters"])
        for row in facts("southwest_encounters_by_component")
    }
    found = last(readings, SOUTHWEST, SOUTHWEST)
    assert totals(found, "month", "component", "title_of_authority") == expected
    since_october_2019 = {key: n for key, n in expected.items() if key[0] >= "2019-10"}
    areas = last(readings, AOR, AOR)
    assert totals(areas, "month", "component", "title_of_authority") == since_october_2019


@pytest.mark.parametrize("series", [SOUTHWEST, AOR, STATE])
def test_southwest_totals_by_demographic_are_the_published_ones(readings, series):
    expected = {
        (
            row["reference_month"],
            DEMOGRAPHIC[row["demographic"]],
            TITLE[row["title_of_authority"]],
        ): int(row["encounters"])
        for row in facts("southwest_encounters_by_demographic")
        if series == SOUTHWEST or row["reference_month"] >= "2019-10"
    }
    frame = last(readings, series, series)
    if series == STATE:
        frame = frame[frame["border_region"].eq("southwest")]
    found = totals(frame, "month", "demographic", "title_of_authority")
    assert found == {key: count for key, count in expected.items() if count}


def test_totals_by_region_are_the_published_ones(readings):
    expected = {
        (
            row["reference_month"],
            REGION[row["land_border_region"]],
            TITLE[row["title_of_authority"]],
        ): int(row["encounters"])
        for row in facts("encounters_by_region")
        if row["encounters"] != "0"
    }
    found = last(readings, STATE, STATE)
    assert totals(found, "month", "border_region", "title_of_authority") == expected


def test_citizenships_of_fy2021_are_the_published_ones(readings):
    expected = {
        (row["citizenship"], row["title_of_authority"]): int(row["encounters"])
        for row in facts("encounters_by_citizenship_fy2021")
    }
    frame = last(readings, STATE, STATE)
    found = frame[frame["fiscal_year"].eq(2021)]
    assert totals(found, "citizenship_label", "title_of_authority_label") == expected


def test_the_three_cbp_files_agree_where_they_overlap(readings):
    """On each day of posting, by month, title, demographic and group of citizenship."""
    keys = ("month", "title_of_authority", "demographic", "citizenship_group")
    for day, _ in readings[STATE]:
        state, areas, southwest = (on(readings, name, day) for name in CBP_ENCOUNTERS)
        by_state = totals(state[state["border_region"].eq("southwest")], *keys)
        by_area = totals(areas, *keys)
        by_component = totals(southwest[southwest["month"].ge("2019-10")], *keys)
        assert by_state == by_area == by_component


def test_sectors_are_near_the_rounded_figures_of_ohss(readings):
    frame = last(readings, AOR, AOR)
    found = totals(frame, "month", "component", "area_of_responsibility")
    for row in facts("southwest_encounters_by_sector"):
        if row["reference_month"] >= "2019-10":
            area = row["area_of_responsibility"].split(",")[0]
            rounded = int(row["encounters_rounded_to_10"])
            ours = found.get((row["reference_month"], row["component"], area), 0)
            assert abs(ours - rounded) <= 10 + rounded / 200, row


def test_accompanied_minors_are_met_at_ports_of_entry_only(readings):
    frame = last(readings, SOUTHWEST, SOUTHWEST)
    minors = frame[frame["demographic"].eq("accompanied_minor") & frame["value"].gt(0)]
    assert set(minors["component"]) == {"OFO"}


def test_october_2020_was_restated_twice(readings):
    for series in (SOUTHWEST, AOR):
        found = [
            southwest_usbp(with_month(reading.tables[series]))["2020-10"]
            for _, reading in readings[series]
        ]
        assert found == [67_639, 68_826, 69_032, 69_032]


def test_the_first_quarter_of_fy2021_stood_at_207968_in_january_and_at_209342_since(readings):
    quarter = ("2020-10", "2020-11", "2020-12")
    for series in (SOUTHWEST, AOR):
        january = southwest_usbp(on(readings, series, "2021-01-07"))
        assert [january[month] for month in quarter] == [68_826, 68_512, 70_630]
        assert sum(january[month] for month in quarter) == 207_968
        now = southwest_usbp(on(readings, series, "2021-10-22"))
        assert sum(now[month] for month in quarter) == 209_342


def test_of_the_quarter_183434_were_expulsions_in_january_and_184874_since(readings):
    quarter = ("2020-10", "2020-11", "2020-12")
    january = southwest_usbp(on(readings, SOUTHWEST, "2021-01-07"), "title_42")
    assert january["2020-10"] == 62_788
    assert sum(january[month] for month in quarter) == 183_434
    now = southwest_usbp(on(readings, SOUTHWEST, "2021-10-22"), "title_42")
    assert sum(now[month] for month in quarter) == 184_874


def test_november_2020_stood_at_67101_in_december(readings):
    december = southwest_usbp(on(readings, SOUTHWEST, "2020-12-17"))
    assert december["2020-11"] == 67_101
    assert "2020-12" not in december


@pytest.mark.parametrize("series", CBP_ENCOUNTERS)
def test_both_components_together_stood_as_published_in_january_2021(readings, series):
    frame = on(readings, series, "2021-01-07")
    if series == STATE:
        frame = frame[frame["border_region"].eq("southwest")]
    by_month = frame.groupby("month")["value"].sum()
    assert by_month[["2020-10", "2020-11", "2020-12"]].tolist() == [71_726, 71_462, 73_513]


def test_inadmissibles_of_october_2020_agree_with_the_custody_page_of_december(readings):
    page = readings[CUSTODY][0][1].tables["title_8_inadmissibles"]
    custody = with_month(page[page["row_code"].eq("total")]).set_index("month")["value"]
    frame = on(readings, SOUTHWEST, "2020-12-17")
    inadmissible = frame[frame["encounter_type"].eq("inadmissible")].groupby("month")["value"].sum()
    assert (custody["2020-10"], custody["2020-11"]) == (1_001, 1_009)
    assert (inadmissible["2020-10"], inadmissible["2020-11"]) == (1_001, 1_009)


def test_southwest_expulsions_of_fy2020_are_204787(readings):
    frame = last(readings, SOUTHWEST, SOUTHWEST)
    expelled = frame[frame["fiscal_year"].eq(2020) & frame["title_of_authority"].eq("title_42")]
    assert expelled.groupby("component")["value"].sum().to_dict() == {"OFO": 7_744, "USBP": 197_043}


def test_northern_expulsions_of_fy2020_are_1996(readings):
    frame = last(readings, STATE, STATE)
    expelled = frame[frame["fiscal_year"].eq(2020) & frame["title_of_authority"].eq("title_42")]
    assert expelled[expelled["border_region"].eq("northern")]["value"].sum() == 1_996


def test_counts_of_a_closed_southwest_file_are_floats_with_zero_rows():
    """As in the real sbo-encounters-fy19-fy22.csv."""
    closed = next(
        publication.content.decode()
        for publication in sample_publications()
        if publication.published_name == "sbo-encounters-fy19-fy21.csv"
    )
    counts = [line.rsplit(",", 1)[1] for line in closed.splitlines()[1:]]
    assert all(count.endswith(".0") for count in counts)
    assert "0.0" in counts


def test_months_after_the_last_one_of_an_open_year_are_marked_remaining_in_closed_years(readings):
    frame = on(readings, STATE, "2021-01-07")
    groupings = frame[frame["fiscal_year"].eq(2020)].groupby("month_grouping")["month_label"]
    assert {name: set(months) for name, months in groupings} == {
        "FYTD": {"OCT", "NOV", "DEC"},
        "Remaining": {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP"},
    }


def test_the_border_patrol_history_has_the_published_totals_of_each_region(readings):
    expected = {
        (row["reference_month"], row["border_region"]): int(row["encounters"])
        for row in facts("border_patrol_monthly_by_region_fy2000_fy2020")
    }
    frame = last(readings, HISTORY, HISTORY)
    published = frame[frame["level"].eq("region_total")]
    region = published["sector_label"].str.removesuffix("_border")
    found = dict(zip(zip(published["month"], region, strict=True), published["value"], strict=True))
    assert found == expected
    sectors = frame[frame["level"].eq("sector")].groupby("month")["value"].sum()
    assert (
        sectors.to_dict() == frame[frame["level"].eq("total")].set_index("month")["value"].to_dict()
    )


def test_every_cell_of_the_custody_page_is_as_published(readings):
    expected = {
        (row["vintage_through"], row["field_office"], row["month_header"], row["value_text"])
        for row in facts("custody_title8_inadmissibles_vintages")
    }
    found = [
        (row.row_label, row.column_label, row.value)
        for _, reading in readings[CUSTODY]
        for row in reading.tables["title_8_inadmissibles"].itertuples()
    ]
    assert len(found) == len(expected) == 550
    assert sorted(found) == sorted(
        (office, month, float(text.replace(",", ""))) for _, office, month, text in expected
    )


def test_laredo_in_september_2022_stands_as_cbp_wrote_it(readings):
    page = dict(readings[CUSTODY])["2022-11"].tables["title_8_inadmissibles"]
    cell = page[page["row_label"].eq("Laredo") & page["column_label"].eq("Sep-22")].iloc[0]
    assert cell["published_text"] == "8.470"


# --- ICE


def test_book_ins_by_agency_and_month_are_the_published_ones(readings):
    expected = {
        (row["reference_month"], row["arresting_agency"]): int(row["book_ins"])
        for row in facts("ice_book_ins_fy2019_fy2021")
    }
    newest = {
        year: reading.tables["ice_initial_book_ins"]
        for _, reading in readings[ICE]
        for year in reading.fiscal_years
    }
    frame = with_month(pd.concat(newest.values()))
    found = frame[frame["month"].notna() & frame["arresting_agency"].ne("Total")]
    assert totals(found, "month", "arresting_agency") == expected


@pytest.mark.parametrize(
    ("captured", "book_ins", "releases"),
    [
        ("2019-10-06", 510_854, 263_263),
        ("2021-01-14", 182_869, 61_886),
        ("2021-10-01", 207_572, 156_490),
    ],
)
def test_fiscal_year_totals_of_ice_are_the_published_ones(readings, captured, book_ins, releases):
    tables = dict(readings[ICE])[captured].tables
    frame = tables["ice_initial_book_ins"]
    total = frame[frame["reference_month"].isna() & frame["arresting_agency"].eq("Total")]
    assert total["value"].tolist() == [book_ins]
    frame = tables["ice_final_book_outs"]
    total = frame[
        frame["reference_month"].isna()
        & frame["release_reason"].eq("total")
        & frame["criminality"].isna()
    ]
    assert total["value"].tolist() == [releases]


def test_releases_of_fy2021_by_month_reason_and_criminality_are_the_published_ones(readings):
    expected = {
        (row["reference_month"], row["label"], row["criminality"]): int(row["people"])
        for row in facts("ice_detention_fy2021_to_2021-09-25")
        if row["measure"] == "final_releases"
    }
    frame = last(readings, ICE, "ice_final_book_outs")
    frame = frame[frame["month"].notna()]
    labels = zip(
        frame["month"],
        frame["release_reason_label"],
        frame["criminality_label"].fillna("Total"),
        strict=True,
    )
    assert dict(zip(labels, frame["value"], strict=True)) == expected


def test_a_release_table_before_april_2021_has_no_months(readings):
    frame = dict(readings[ICE])["2021-02-11"].tables["ice_final_book_outs"]
    assert frame["reference_month"].isna().all()
    recognizance = frame[
        frame["release_reason_label"].eq("Order of Recognizance") & frame["criminality"].isna()
    ]
    assert recognizance["value"].tolist() == [603 + 1_064 + 1_401 + 1_511]


def test_removals_stand_only_where_the_total_to_that_day_is_known(readings):
    found = {
        captured: reading.tables["ice_removals"]["value"].tolist()
        for captured, reading in readings[ICE]
        if "ice_removals" in reading.tables
    }
    assert found == {"2019-10-06": [267_258], "2021-01-14": [185_884], "2021-10-01": [57_627]}


def test_coverage_of_each_ice_table_is_the_date_of_its_footnote(readings):
    ends = {
        captured: {
            (reading.coverage[table.name].end, reading.coverage[table.name].basis)
            for table in SERIES[ICE].tables
            if table.name in reading.tables
        }
        for captured, reading in readings[ICE]
    }
    assert ends["2021-02-11"] == {(date(2021, 1, 31), "stated")}
    assert ends["2021-05-05"] == {(date(2021, 4, 30), "stated")}
    assert ends["2021-10-01"] == {(date(2021, 9, 25), "stated")}


# --- OHSS


def test_outcomes_by_family_status_are_the_published_ones(readings):
    frame = last(readings, OHSS, "swb_book_outs_by_family_status")
    frame = frame[frame["month"].notna()]
    labels = zip(
        frame["month"],
        frame["block_label"],
        frame["column_label"].str.rstrip("12345678"),  # footnote marks
        strict=True,
    )
    figures = zip(frame["value"], frame["null_reason"], strict=True)
    found = dict(zip(labels, figures, strict=True))
    for row in facts("southwest_outcomes_by_family_status"):
        value, reason = found[row["reference_month"], row["family_status"], row["outcome"]]
        if row["people_rounded_to_10"]:
            assert value == int(row["people_rounded_to_10"]), row
        else:
            assert reason == "X", row


def test_families_were_expelled_in_october_2020_and_released_in_february_2021(readings):
    frame = last(readings, OHSS, "swb_book_outs_by_family_status")
    families = frame[frame["block_code"].eq("family_unit")]
    found = totals(families[families["month"].notna()], "month", "column_code")
    assert (found["2020-10", "t42_expulsions"], found["2020-10", "usbp_releases"]) == (4_220, 30)
    assert (found["2021-02", "t42_expulsions"], found["2021-02", "usbp_releases"]) == (9_480, 8_010)


def test_encounters_by_sector_are_the_published_ones(readings):
    frame = last(readings, OHSS, "swb_encounters_by_sector")
    frame = frame[frame["month"].notna()]
    labels = zip(frame["month"], frame["block_label"], frame["column_label"], strict=True)
    found = dict(zip(labels, frame["value"], strict=True))
    for row in facts("southwest_encounters_by_sector"):
        key = row["reference_month"], row["component"], row["area_of_responsibility"]
        assert found[key] == int(row["encounters_rounded_to_10"]), row


def test_ohss_totals_that_are_not_carried_are_not_available_rather_than_added_up(readings):
    frame = last(readings, OHSS, "swb_book_outs_by_family_status")
    all_people = frame[frame["block_label"].eq("Total Encounters") & frame["month"].notna()]
    releases = all_people[all_people["column_code"].eq("usbp_releases")]
    assert set(releases["null_reason"]) == {"NA"}
    year = frame[frame["month"].isna() & frame["fiscal_year"].eq(2021)]
    year = year[year["block_label"].eq("Total Encounters")].set_index("column_code")["value"]
    assert year["usbp_releases"] == 293_470
    assert year["t42_expulsions"] == 1_063_520


def test_vintages_of_ohss_grow_in_coverage_by_about_110_days_after_the_last_month(readings):
    for captured, reading in readings[OHSS]:
        end = reading.coverage["swb_book_outs_by_family_status"].end
        assert timedelta(105) < date.fromisoformat(captured) - end < timedelta(115)
