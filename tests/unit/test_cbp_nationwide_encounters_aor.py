"""The file by area of responsibility, on hand-written rows: no real file is held."""

import csv

import pytest

from orchestration.read.labels import CODE_LISTS
from orchestration.series.cbp_nationwide_encounters_aor import SERIES
from tests.unit.cbp_documents import AOR_HEADER, csv_document

NAME = "nationwide-encounters-fy23-fy26-jul-aor.csv"
SECTOR = (
    "2025,FYTD,JUL,U.S. Border Patrol,Southwest Land Border,El Paso Sector,EPT,FMUA,"
    '"CHINA, PEOPLES REPUBLIC OF",Title 8,Apprehensions,3'
)
FIELD_OFFICE = (
    "2025,FYTD,JUL,Office of Field Operations,Southwest Land Border,El Paso Field Office,El Paso,"
    "Accompanied Minors,MEXICO,Title 8,Inadmissibles,6"
)


def rows(*lines):
    return SERIES.read(csv_document(AOR_HEADER, *lines, name=NAME)).tables[SERIES.name]


def test_the_series_says_that_it_never_ran_on_a_real_file():
    assert "Never run on a real file" in SERIES.description


def test_sector_and_field_office_of_one_name_share_a_code_and_differ_by_component():
    frame = rows(SECTOR, FIELD_OFFICE)
    assert frame["area_of_responsibility"].tolist() == ["El Paso", "El Paso"]
    assert frame["component"].tolist() == ["USBP", "OFO"]
    assert frame["encounter_type"].tolist() == ["apprehension", "inadmissible"]
    assert frame["aor_abbv"].tolist() == ["EPT", "El Paso"]
    assert frame["border_region"].tolist() == ["southwest", "southwest"]
    assert list(frame.columns) == list(SERIES.tables[0].columns)
    assert not frame["is_new_label"].any()


def test_a_new_area_is_loaded_as_itself_and_flagged():
    frame = rows(SECTOR.replace("El Paso Sector", "Nogales Sector"))
    assert frame["is_new_label"].all()
    assert frame["area_of_responsibility_label"].tolist() == ["Nogales Sector"]
    assert frame["area_of_responsibility"].notna().all()


def areas():
    with (CODE_LISTS / "border_area.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("component", "border_region", "count"),
    [("USBP", "southwest", 9), ("USBP", "northern", 8), ("OFO", "southwest", 4)],
)
def test_the_code_list_holds_every_sector_and_field_office_of_a_land_border(
    component, border_region, count
):
    codes = {
        area["code"]
        for area in areas()
        if (area["component"], area["border_region"]) == (component, border_region)
    }
    assert len(codes) == count


def test_the_code_list_holds_a_label_once():
    labels = [area["label"].casefold() for area in areas()]
    assert len(labels) == len(set(labels))
