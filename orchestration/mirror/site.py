"""Which publication stands at which URL of the mirrored sites, and the landing pages' HTML.

The newest vintage of a URL stands at that URL, older ones at /at/<capture>/<original path>, ones
whose URL is not known at /at/<capture>/<file name>. How they are sent is in serve.py.
"""

import html
import re
from calendar import month_name
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote, urlsplit

from orchestration.mirror.manifest import Capture, ManifestError, ManifestRow
from orchestration.series.series import Series

LONG_AGO = datetime.min.replace(tzinfo=UTC)
MONTH_NAMES = {name[:3].lower(): name for name in month_name[1:]}
#: nationwide-encounters-fy21-fy24-apr-state.csv, sbo-encounters-fy19-fy22.csv
YEARS_IN_NAME = re.compile(rf"fy(\d\d)-fy(\d\d)(?:-({'|'.join(MONTH_NAMES)})\b)?", re.I)


@dataclass
class LandingPage:
    """A page of links, newest first, and the names of series of which the folder holds nothing."""

    links: list[tuple[Series, str, ManifestRow]] = field(default_factory=list)
    not_held: list[str] = field(default_factory=list)


@dataclass
class Site:
    """What stands at each https URL: ``copies`` are files, ``pages`` are pages of links.

    ``mementos``: a page that is itself a publication -> the URLs of its other captures.
    """

    copies: dict[str, ManifestRow] = field(default_factory=dict)
    pages: dict[str, LandingPage] = field(default_factory=lambda: defaultdict(LandingPage))
    mementos: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: list[ManifestRow], catalog: Mapping[str, Series]) -> "Site":
        """The sites that show ``rows``. Raises ManifestError for a series not in ``catalog``."""
        by_series: dict[str, list[ManifestRow]] = defaultdict(list)
        for row in rows:
            if row.series and row.series not in catalog:
                raise ManifestError(
                    f"{row.place}, series",
                    repr(row.series),
                    f"one of {', '.join(sorted(catalog))}, or nothing for a document",
                    "Mend the row.",
                )
            by_series[row.series].append(row)
        site = cls()
        for series in catalog.values():
            mine = sorted(by_series[series.name], key=partial(_posted, series), reverse=True)
            if series.page_is_publication:
                site._place_pages(series, mine)
            else:
                site._place_links(series, mine)
        for page in site.pages.values():
            page.links.sort(key=lambda link: _posted(link[0], link[2]), reverse=True)
        return site

    def _place_links(self, series: Series, newest_first: list[ManifestRow]) -> None:
        links = [(series, self._place(series, row), row) for row in newest_first]
        for page_url in series.landing_pages:
            page = self.pages[page_url]
            page.links += links
            if not links:
                page.not_held.append(series.name)

    def _place_pages(self, series: Series, newest_first: list[ManifestRow]) -> None:
        """A page that is the publication: its newest capture at its URL, the others as mementos."""
        left = list(newest_first)
        for page_url in series.landing_pages:
            of_this_page = [row for row in left if row.published_url == page_url]
            # A capture whose URL is not known is one of the first page, as far as anyone can tell.
            if not of_this_page and page_url == series.landing_pages[0]:
                of_this_page = [row for row in left if row.published_url is None]
            if of_this_page:
                self.copies[page_url] = of_this_page[0]
                left.remove(of_this_page[0])
            else:
                self.pages[page_url].not_held.append(series.name)
        self.mementos[series.landing_pages[0]] = [self._place(series, row) for row in left]

    def _place(self, series: Series, row: ManifestRow) -> str:
        """Put a row at its own URL, or below /at/ where that is taken or not known."""
        if row.published_url and row.published_url not in self.copies:
            url = row.published_url
        else:
            parts = urlsplit(row.published_url or series.landing_pages[0])
            path = parts.path if row.published_url else f"/{quote(file_name(row))}"
            stem = f"https://{parts.netloc}/at/{_capture_in_path(row.capture)}"
            url, times = f"{stem}{path}", 1
            while url in self.copies:
                times += 1
                url = f"{stem}-{times}{path}"
        self.copies[url] = row
        return url


def file_name(row: ManifestRow) -> str:
    """The published name, or the name of the file where the published one is a description."""
    return row.published_name if re.fullmatch(r"[\w.()+ -]+\.\w+", row.published_name) \
        else row.file.name  # fmt: skip


def html_of(page: LandingPage, page_url: str) -> str:
    """A landing page in the agencies' form: CBP has every link twice, with two texts."""
    links = [_anchor(series, url, row, page_url) for series, url, row in page.links]
    again = [
        _anchor(series, url, row, page_url, again=True)
        for series, url, row in page.links
        if series.agency == "CBP"
    ]
    titles = sorted({series.title for series, _, _ in page.links}) or ["Nothing held"]
    heading = html.escape("; ".join(titles))
    return (
        f"<!DOCTYPE html>\n<html><head><meta charset='utf-8'><title>{heading}</title></head>\n"
        f"<body><h1>{heading}</h1>\n" + "\n".join(links + again) + "\n</body></html>\n"
    )


def _anchor(series: Series, url: str, row: ManifestRow, page_url: str, again: bool = False) -> str:
    parts, page = urlsplit(url), urlsplit(page_url)
    href = url if parts.netloc != page.netloc else url[len(f"https://{parts.netloc}") :]
    # Where a path does not tell of which series a copy is, only an archive knows: say so.
    tells = row.published_url and series.link_pattern.search(urlsplit(row.published_url).path)
    mark = "" if tells else f' data-series="{html.escape(series.name)}"'
    text = html.escape(_link_text(series, row, again))
    text = f"\n     {text}\n    " if again else text
    return f'<a href="{html.escape(href)}"{mark}>{text}</a>'


def _link_text(series: Series, row: ManifestRow, again: bool) -> str:
    """As on CBP's page: first 'FY23 - FY26 (FYTD) Nationwide Encounters by State - July'.

    When the link stands ``again``: 'Nationwide Encounters Dataset FY23-FY26 by State - July'.
    """
    years = YEARS_IN_NAME.search(row.published_name)
    if series.agency != "CBP" or not years:
        return row.published_name
    first, last, month = years.groups()
    subject, by, cut = _as_on_the_page(series.title).partition(" by ")
    of_month = f" - {MONTH_NAMES[month.lower()]}" if month else ""
    if again:
        of_years = f"FY{first}-FY{last}" if month else f"FY{first} - FY{last}"
        return f"{subject} Dataset {of_years}{by}{cut}{of_month}"
    year_to_date = " (FYTD)" if month else ""
    return f"FY{first} - FY{last}{year_to_date} {subject}{by}{cut}{of_month}"


def _as_on_the_page(title: str) -> str:
    """'Nationwide Encounters by Area of Responsibility' for our 'CBP nationwide encounters ...'."""
    words = title.removeprefix("CBP ").split()
    return " ".join(word if word in ("by", "of") else word.capitalize() for word in words)


def _posted(series: Series, row: ManifestRow) -> datetime:
    """When a row was posted, as far as is known: its capture, else the month of its URL or name."""
    if row.capture:
        return row.capture.moment
    path = urlsplit(row.published_url).path if row.published_url else f"/{file_name(row)}"
    month = series.publication_month(path)
    return datetime(month.year, month.month, 1, tzinfo=UTC) if month else LONG_AGO


def _capture_in_path(capture: Capture | None) -> str:
    if capture is None:
        return "undated"
    forms = {"second": "%Y%m%d%H%M%S", "day": "%Y-%m-%d", "month": "%Y-%m"}
    return capture.moment.strftime(forms[capture.precision])
