"""Which publications of a series a landing page links to. HTML in, links out; no network.

The form of each series' links is the series' own (``link_pattern``), in orchestration/series.
"""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urldefrag, urljoin, urlsplit

import lxml.etree
import lxml.html

from orchestration.series.series import Publication, Series

#: An archive's copy of a page or file stands at /at/<capture>/<original path>; the capture is
#: 'undated' or begins with its year and month. The mirror serves older vintages so.
ARCHIVED_COPY = re.compile(r"^/at/(?P<capture>[^/]+)(?P<original>/.*)$")


@dataclass(frozen=True)
class _Link:
    url: str
    text: str
    #: an archive says of which series a copy is whose own URL it does not know
    series_name: str | None


def publications(html: bytes, series: Series, page_url: str) -> list[Publication]:
    """Publications of ``series`` on a page, each once, newest first (unknown months last).

    CBP's page has every link twice, with two texts: the first text counts. Links of other series
    and links that are no URL are passed over. An empty list is for the caller to judge.
    """
    found: dict[str, Publication] = {}
    for link in _links(html, page_url):
        if link.url not in found and _belongs(link, series):
            found[link.url] = publication(series, link.url, link.text)
    return sorted(found.values(), key=lambda it: it.publication_month or date.min, reverse=True)


def publication(series: Series, url: str, link_text: str) -> Publication:
    """The publication at ``url``; its month from folder or name, else from an archive's path."""
    path = urlsplit(url).path
    copy = ARCHIVED_COPY.match(path)
    month = series.publication_month(original_path(path))
    if month is None and copy and (stamp := re.match(r"(\d{4})-?(\d{2})", copy["capture"])):
        month = date(int(stamp[1]), int(stamp[2]), 1)
    return Publication(series.name, url, link_text, month)


def original_path(path: str) -> str:
    """The path without the /at/<capture> that an archive puts before it."""
    copy = ARCHIVED_COPY.match(path)
    return copy["original"] if copy else path


def _belongs(link: _Link, series: Series) -> bool:
    if link.series_name is not None:
        return link.series_name == series.name
    return bool(series.link_pattern.search(original_path(urlsplit(link.url).path)))


def _links(html: bytes, page_url: str) -> list[_Link]:
    try:
        page = lxml.html.document_fromstring(html)
    except (lxml.etree.LxmlError, ValueError):  # nothing in it that a browser would show
        return []
    links = []
    for anchor in page.iterfind(".//a[@href]"):
        try:
            url = urldefrag(urljoin(page_url, anchor.get("href", "").strip())).url
            urlsplit(url)
        except ValueError:
            continue
        text = " ".join("".join(map(str, anchor.itertext())).split())[:300]
        links.append(_Link(url, text, anchor.get("data-series")))
    return links
