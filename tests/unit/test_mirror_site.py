"""The mirror's landing pages, beside the agencies' own."""

import re
from datetime import UTC, datetime
from pathlib import Path

import lxml.html
import pytest

from orchestration.acquire.landing_page import publications as links_on
from orchestration.mirror.manifest import Capture, ManifestRow
from orchestration.mirror.site import Site, html_of
from orchestration.series.catalog import SERIES

CBP = "https://www.cbp.gov"
PAGE = f"{CBP}/document/stats/nationwide-encounters"
ICE_PAGE = "https://www.ice.gov/detain/detention-management"


def row_of(series, url=None, name=None, captured=None):
    name = name or str(url).rsplit("/", 1)[-1]
    capture = captured and Capture(datetime.fromisoformat(captured).replace(tzinfo=UTC), "day")
    return ManifestRow("line 2", Path(name), series, name, url, capture, 1, "")


def anchors(html):
    """(path, text) of each link, as a reader of the page sees it."""
    page = lxml.html.document_fromstring(html)
    return [(a.get("href"), " ".join(a.text_content().split())) for a in page.iterfind(".//a")]


def mirrored(rows, page=PAGE):
    return html_of(Site.of(rows, SERIES).pages[page], page)


@pytest.fixture
def real_page(publications):
    return (publications / "cbp/pages/document-stats-nationwide-encounters.html").read_bytes()


def test_the_page_of_nationwide_encounters_has_the_links_and_words_of_the_real_one(real_page):
    real = anchors(real_page)
    rows = [
        row_of(f"cbp_nationwide_encounters_{'state' if 'state' in path else 'aor'}", CBP + path)
        for path, _ in real[:26]
    ]
    mirror = anchors(mirrored(rows))
    assert len(mirror) == len(real) == 52
    assert set(mirror[:26]) == set(real[:26])
    assert set(mirror[26:]) == set(real[26:])

    def months(links):
        return [re.search(r"/(\d{4}-\w+)/", path)[1] for path, _ in links[:26]]

    assert months(mirror) == months(real)  # newest first, both cuts of a month together


def test_a_series_finds_on_the_mirrors_page_what_it_finds_on_the_real_one(real_page):
    for name in ("cbp_nationwide_encounters_aor", "cbp_nationwide_encounters_state"):
        series = SERIES[name]
        real = links_on(real_page, series, PAGE)
        rows = [row_of(name, link.url) for link in real]
        mirror = links_on(mirrored(rows).encode(), series, PAGE)
        assert len(real) == 13
        assert {(it.url, it.link_text, it.publication_month) for it in mirror} == {
            (it.url, it.link_text, it.publication_month) for it in real
        }


def test_a_file_of_a_name_that_no_link_pattern_knows_is_found_all_the_same():
    """Who fills a folder by hand may have a file from an address that the agency uses no more."""
    url = "https://www.ice.gov/doclib/news/library/statistics.xlsx"
    page = mirrored([row_of("ice_detention_statistics", url)], ICE_PAGE).encode()
    assert [it.url for it in links_on(page, SERIES["ice_detention_statistics"], ICE_PAGE)] == [url]


def test_what_is_known_of_a_file_may_be_its_name_alone():
    rows = [
        row_of("ice_detention_statistics", name="FY21_detentionStats061121.xlsx"),
        row_of("ice_detention_statistics", name="FY21_detentionStats_0301.xlsx"),
    ]
    links = anchors(mirrored(rows, ICE_PAGE))
    assert [path for path, _ in links] == [  # the newest first, by the dates in their names
        "/at/undated/FY21_detentionStats061121.xlsx", "/at/undated/FY21_detentionStats_0301.xlsx",
    ]  # fmt: skip


def test_names_from_outside_are_text_on_the_page():
    name = "<script>alert(1)</script>.xlsx"
    page = mirrored([row_of("ice_detention_statistics", name=name)], ICE_PAGE)
    assert "<script" not in page
