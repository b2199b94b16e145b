"""CBP's publications of the sample: the CSVs of encounters, the custody page, the sector history.

Here stand CBP's layouts, names and folders. The figures come from ``sample_encounters`` and
``sample_facts``.
"""

import csv
import html
import io
from calendar import month_abbr
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from orchestration.mirror import sample_facts as facts
from orchestration.mirror.sample_encounters import (
    Group,
    sectors,
    southwest_areas,
    southwest_groups,
    state_cells,
)
from orchestration.mirror.sample_facts import SOUTHWEST, TITLE_42, USBP, Month
from orchestration.mirror.sample_model import SECTOR_SHARES, apportion
from orchestration.mirror.sample_publication import SamplePublication

SITE = "https://www.cbp.gov"
STATE_HEADER = [
    "Fiscal Year", "Month Grouping", "Month (abbv)", "Land Border Region", "State", "Demographic",
    "Citizenship", "Title of Authority", "Encounter Count",
]  # fmt: skip
AOR_HEADER = [
    "Fiscal Year", "Month Grouping", "Month (abbv)", "Component", "Land Border Region",
    "Area of Responsibility", "AOR (Abbv)", "Demographic", "Citizenship", "Title of Authority",
    "Encounter Type", "Encounter Count",
]  # fmt: skip
SOUTHWEST_HEADER = [
    "Fiscal Year", "Month Grouping", "Month (abbv)", "Component", "Demographic",
    "Citizenship Grouping", "Title of Authority", "Encounter Type", "Encounter Count",
]  # fmt: skip
CITIZENSHIP_GROUPS = {
    "EL SALVADOR": "El Salvador",
    "GUATEMALA": "Guatemala",
    "HONDURAS": "Honduras",
    "MEXICO": "Mexico",
}
SECTOR_ABBREVIATIONS = {
    "Big Bend": "BBT", "Del Rio": "DRT", "El Centro": "ELC", "El Paso": "EPT", "Laredo": "LRT",
    "Rio Grande Valley": "RGV", "San Diego": "SDC", "Tucson": "TCA", "Yuma": "YUM",
}  # fmt: skip
#: Columns of the transcribed history: sectors by region as they stand in it, then the totals.
HISTORY_COLUMNS = [
    "month", *SECTOR_SHARES["coastal"], *SECTOR_SHARES["northern"], *SECTOR_SHARES["southwest"],
    "coastal_border", "northern_border", "southwest_border", "monthly_total", "fy", "cy",
]  # fmt: skip
CURRENT_CUSTODY_PAGE = "/newsroom/stats/custody-and-transfer-statistics"

Row = Sequence[str | int | float]


@dataclass(frozen=True)
class Posting:
    """One day on which CBP posted its encounter files, which then covered FY2021 to ``through``."""

    posted_on: str
    through: Month

    @property
    def folder(self) -> str:
        """The folder of CBP's site, e.g. ``2021-Jan``."""
        year, month, _ = self.posted_on.split("-")
        return f"{year}-{month_abbr[int(month)]}"

    @property
    def is_closed(self) -> bool:
        """Whether the year is over: its last file names no month and marks no year as open."""
        return self.through.endswith("-09")

    @property
    def name_suffix(self) -> str:
        """The month in the name of a file of an open year: ``-dec``."""
        return "" if self.is_closed else f"-{month_abbr[int(self.through[5:])].lower()}"

    def row_start(self, month: Month) -> list[str]:
        """Fiscal year, grouping and month as this posting writes them."""
        year = facts.fiscal_year(month)
        is_open = year == facts.fiscal_year(self.through) and not self.is_closed
        grouping = "FYTD" if _place_in_year(month) <= _place_in_year(self.through) else "Remaining"
        label = f"{year} (FYTD)" if is_open else str(year)
        return [label, grouping, month_abbr[int(month[5:])].upper()]

    def totals(self) -> dict[Month, facts.ComponentTotals]:
        """Southwest totals of each month, as they stood on that day."""
        return facts.southwest_totals_published_on(self.posted_on)


#: What CBP posted between mid-January and April 2021 is not carried: the figures of the first
#: quarter are those of January until then, and the final ones after.
POSTINGS = (
    Posting("2020-12-17", "2020-11"),
    Posting("2021-01-07", "2020-12"),
    Posting("2021-04-08", "2021-03"),
    Posting("2021-10-22", "2021-09"),
)


def cbp_publications() -> Iterator[SamplePublication]:
    """All publications of CBP's five series."""
    for posting in POSTINGS:
        yield from encounter_files(posting)
    yield _border_patrol_history()
    yield from _custody_pages()


def encounter_files(posting: Posting) -> Iterator[SamplePublication]:
    """The three files of one day: by state, by area, of the southwest border."""
    yield _state_file(posting)
    yield _aor_file(posting)
    yield _southwest_file(posting)


def _place_in_year(month: Month) -> int:
    return (int(month[5:]) - 10) % 12


def _months(posting: Posting, first: Month) -> list[tuple[Month, facts.ComponentTotals]]:
    totals = posting.totals()
    return [(month, totals[month]) for month in sorted(totals) if first <= month <= posting.through]


def _encounter_file(
    posting: Posting, series: str, name: str, header: Row, body: Iterable[Row]
) -> SamplePublication:
    return SamplePublication(
        agency="CBP",
        series=series,
        folder=f"cbp/{series.removeprefix('cbp_')}",
        published_name=name,
        published_url=f"{SITE}/sites/default/files/assets/documents/{posting.folder}/{name}",
        captured_at=posting.posted_on,
        content=_delimited([header, *body]),
    )


def _delimited(lines: Iterable[Row], separator: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _state_file(posting: Posting) -> SamplePublication:
    body: list[Row] = []
    for month, totals in _months(posting, first="2019-10"):
        start = posting.row_start(month)
        body += ([*start, *cell] for cell in sorted(state_cells(month, totals)))
    name = f"nationwide-encounters-fy20-fy21{posting.name_suffix}-state.csv"
    return _encounter_file(posting, "cbp_nationwide_encounters_state", name, STATE_HEADER, body)


def _aor_file(posting: Posting) -> SamplePublication:
    """Only the southwest border: elsewhere no total by component is published."""
    body: list[Row] = []
    for month, totals in _months(posting, first="2019-10"):
        start = posting.row_start(month)
        body += (
            [
                *start, group.component, SOUTHWEST, *_area_labels(group.component, area),
                group.demographic, group.citizenship, group.title, _encounter_type(group), count,
            ]
            for group, areas in southwest_areas(month, totals)
            for area, count in areas.items()
        )  # fmt: skip
    name = f"nationwide-encounters-fy20-fy21{posting.name_suffix}-aor.csv"
    return _encounter_file(posting, "cbp_nationwide_encounters_aor", name, AOR_HEADER, body)


def _area_labels(component: str, area: str) -> tuple[str, str]:
    if component == USBP:
        return f"{area} Sector", SECTOR_ABBREVIATIONS[area]
    return f"{area} Field Office", area


def _southwest_file(posting: Posting) -> SamplePublication:
    """In the closed file counts are floats and zeros are written out, as in sbo-fy19-fy22."""
    body: list[Row] = []
    for month, totals in _months(posting, first="2018-10"):
        start = posting.row_start(month)
        cells: dict[tuple[str, str, str, str, str], int] = {}
        for group in southwest_groups(month, totals):
            key = (
                group.component, group.demographic,
                CITIZENSHIP_GROUPS.get(group.citizenship, "Other"), group.title,
                _encounter_type(group),
            )  # fmt: skip
            cells[key] = cells.get(key, 0) + group.people
        body += (
            [*start, *key, float(count) if posting.is_closed else count]
            for key, count in sorted(cells.items())
            if count or (posting.is_closed and (key[0], key[3]) in totals)
        )
    name = f"sbo-encounters-fy19-fy21{posting.name_suffix}.csv"
    return _encounter_file(posting, "cbp_southwest_encounters", name, SOUTHWEST_HEADER, body)


def _encounter_type(group: Group) -> str:
    if group.title == TITLE_42:
        return "Expulsions"
    return "Apprehensions" if group.component == USBP else "Inadmissibles"


def _border_patrol_history() -> SamplePublication:
    """The transcription of the frozen PDF, by sector; its region totals are real."""
    name = "usbp_monthly_encounters_fy2000-fy2020.csv"
    rows = facts.rows("border_patrol_monthly_by_region_fy2000_fy2020")
    body: list[Row] = []
    for month, regions in groupby(rows, key=lambda row: row["reference_month"]):
        totals = {row["border_region"]: int(row["encounters"]) for row in regions}
        by_sector = [
            count
            for region in ("coastal", "northern", "southwest")
            for count in _sector_counts(month, region, totals[region])
        ]
        body.append(
            [
                int(month[5:]), *by_sector, totals["coastal"], totals["northern"],
                totals["southwest"], sum(totals.values()), facts.fiscal_year(month), int(month[:4]),
            ]
        )  # fmt: skip
    return SamplePublication(
        agency="CBP",
        series="cbp_border_patrol_history",
        folder="cbp/border_patrol_history",
        published_name=name,
        published_url="",
        captured_at="2020-12-17",
        content=_delimited([HISTORY_COLUMNS, *body], separator="|"),
    )


def _sector_counts(month: Month, region: str, total: int) -> list[int]:
    shares = SECTOR_SHARES[region]
    if region == "southwest" and (month, "USBP") in facts.sector_shares():
        counts = sectors(month, USBP, total)
        by_column = {area.lower().replace(" ", "_"): count for area, count in counts.items()}
        return [by_column[column] for column in shares]
    return [int(count) for count in apportion(total, list(shares.values()))]


def _custody_pages() -> Iterator[SamplePublication]:
    """The page as each capture showed it: only its table of Title 8 inadmissibles is carried."""
    rows = facts.rows("custody_title8_inadmissibles_vintages")
    for (url, through), table in groupby(
        rows, lambda row: (row["source_url"], row["vintage_through"])
    ):
        page = _custody_path(url)
        yield SamplePublication(
            agency="CBP",
            series="cbp_custody_transfers",
            folder="cbp/custody_transfers",
            published_name=f"{page[1:].replace('/', '-')}.html",
            published_url=f"{SITE}{page}",
            captured_at=_custody_capture(url, through),
            content=_custody_page(list(table)),
        )


def _custody_path(source_url: str) -> str:
    """The agency's page behind a copy: closed years have their own, copies show the current one."""
    tail = source_url.rsplit("/", 1)[-1]
    is_closed_year = tail.startswith("custody-and-transfer-statistics-fy")
    return f"/newsroom/stats/{tail}" if is_closed_year else CURRENT_CUSTODY_PAGE


def _custody_capture(source_url: str, through: str) -> str:
    """When it was captured: the day where the archive's URL has it, else the month it was posted.

    CBP posts a month in the next one, and a year's last page in November.
    """
    if "/web/20201218" in source_url:
        return "2020-12-18"
    month = list(month_abbr).index(through[:3])
    year = 2000 + int(through[4:6])
    if "final" in through:
        return f"{year}-11"
    return f"{year}-{month + 1:02}"


def _custody_page(cells: list[dict[str, str]]) -> bytes:
    months = list(dict.fromkeys(cell["month_header"] for cell in cells))
    offices = list(dict.fromkeys(cell["field_office"] for cell in cells))
    texts = {(cell["field_office"], cell["month_header"]): cell["value_text"] for cell in cells}
    head = "".join(f'<th scope="col"><span>{month}</span></th>' for month in months)
    body = "".join(
        f'<tr><th scope="row"><strong>{html.escape(office)}</strong></th>'
        + "".join(_custody_cell(office, texts.get((office, month), "-")) for month in months)
        + "</tr>"
        for office in offices
    )
    return f"""<!-- written by border-warehouse from published monthly totals -->
<html><body><main>
<h2><button id="btn-acc45336"  aria-controls="acc45336" aria-expanded="true">
            Office of Field Operations - Dispositions and Transfers
        </button></h2>
<h3>
            Title 8 Inadmissibles
</h3>
<table><thead><tr><th scope="col"><span>Field Office</span></th>{head}</tr></thead><tbody>{body}\
</tbody></table>
</main></body></html>
""".encode()


def _custody_cell(office: str, text: str) -> str:
    if office == "Total":
        return f"<td><strong>{text}</strong></td>"
    return f"<td>\n{' ' * 60}{text}\n{' ' * 20}\n                </td>"
