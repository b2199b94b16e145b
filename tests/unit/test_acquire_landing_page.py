from datetime import date

import pytest

from orchestration.acquire.landing_page import publications as publications_on
from tests.fake_series import CBP_PAGE, ICE_PAGE, aor_series, ice_series, state_series


@pytest.fixture
def cbp_page(publications):
    return (publications / "cbp/pages/document-stats-nationwide-encounters.html").read_bytes()


def test_a_link_that_stands_twice_on_the_page_is_one_publication_with_its_first_text():
    page = b"""<html><body>
    <a href="/sites/default/files/2026-08/nationwide-encounters-fy23-fy26-jul-state.csv">By State -
       July</a>
    <a href="/sites/default/files/2026-08/nationwide-encounters-fy23-fy26-jul-state.csv"> Dataset
    </a></body></html>"""
    (found,) = publications_on(page, state_series(), CBP_PAGE)
    assert found.link_text == "By State - July"
    assert found.published_name == "nationwide-encounters-fy23-fy26-jul-state.csv"
    assert found.url == (
        "https://www.cbp.gov/sites/default/files/2026-08/"
        "nationwide-encounters-fy23-fy26-jul-state.csv"
    )


def test_cbps_real_page_gives_each_state_file_once_newest_first(cbp_page):
    found = publications_on(cbp_page, state_series(), CBP_PAGE)
    assert len(found) == 13
    assert found[0].publication_month == date(2026, 8, 1)
    months = [it.publication_month for it in found if it.publication_month]
    assert months == sorted(months, reverse=True)
    assert all(it.url.endswith("-state.csv") for it in found)


def test_the_two_cuts_on_one_page_are_told_apart(cbp_page):
    state = {it.url for it in publications_on(cbp_page, state_series(), CBP_PAGE)}
    aor = {it.url for it in publications_on(cbp_page, aor_series(), CBP_PAGE)}
    assert len(aor) == 13
    assert not state & aor


def test_an_older_capture_in_an_archive_has_the_month_of_its_capture():
    page = b'<html><a href="/at/20210211010540/doclib/detention/FY21-detentionstats.xlsx">x</a>'
    (found,) = publications_on(page, ice_series(), ICE_PAGE)
    assert found.publication_month == date(2021, 2, 1)


def test_a_copy_without_a_url_of_its_own_belongs_to_the_series_that_the_archive_names():
    page = b'<html><a href="/at/undated/x.csv" data-series="cbp_nationwide_encounters_aor">x</a>'
    assert len(publications_on(page, aor_series(), CBP_PAGE)) == 1
    assert publications_on(page, state_series(), CBP_PAGE) == []


def test_a_link_that_climbs_out_of_its_folder_is_resolved_and_does_not_match():
    page = b'<html><a href="/doclib/detention/../../etc/FY21.xlsx">x</a><a href="https://[">y</a>'
    assert publications_on(page, ice_series(), ICE_PAGE) == []


def test_a_page_that_is_empty_has_no_publications():
    assert publications_on(b"", ice_series(), ICE_PAGE) == []
