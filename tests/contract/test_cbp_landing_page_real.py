"""The links of the real landing page of nationwide encounters."""

import re

import pytest

from orchestration.series import (
    cbp_nationwide_encounters_aor,
    cbp_nationwide_encounters_state,
    cbp_southwest_encounters,
)

PAGE = "document-stats-nationwide-encounters.html"


@pytest.fixture(scope="module")
def links(publications):
    text = (publications / "cbp" / "pages" / PAGE).read_text()
    return re.findall(r'href="([^"]+)"', text)


def test_each_of_26_files_is_linked_twice_and_belongs_to_one_of_the_two_cuts(links):
    assert (len(links), len(set(links))) == (52, 26)
    cuts = [cbp_nationwide_encounters_aor.SERIES, cbp_nationwide_encounters_state.SERIES]
    matching = [{link for link in links if cut.link_pattern.fullmatch(link)} for cut in cuts]
    assert [len(found) for found in matching] == [13, 13]
    assert matching[0] | matching[1] == set(links)
    assert not any(cbp_southwest_encounters.SERIES.link_pattern.search(link) for link in links)


def test_folder_and_name_agree_on_the_publication_month(links):
    months = {}
    for link in links:
        series = cbp_nationwide_encounters_state.SERIES
        by_folder = series.publication_month(link)
        by_name = series.publication_month(link.rsplit("/", 1)[-1])
        months[link.rsplit("/", 1)[-1]] = (by_folder, by_name)
    differing = {name for name, (folder, by_name) in months.items() if folder != by_name}
    # the closed year FY2024 was posted in October, the others in November
    assert differing == {
        "nationwide-encounters-fy21-fy24-aor.csv", "nationwide-encounters-fy21-fy24-state.csv",
    }  # fmt: skip
    assert all(folder for folder, _ in months.values())
