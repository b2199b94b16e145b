"""The page as a person meets it: in Chromium, from disk, on a desk and on a phone, by keyboard."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from orchestration.assets.build import manifest
from orchestration.assets.dbt_docs import dbt_docs
from orchestration.settings import Settings
from orchestration.site.write import write_site_to
from orchestration.warehouse.marts import reading
from tests.site_of_a_version import PAGES, make_hostile, site_of

DESK = {"width": 1280, "height": 900}
SMALL_DESK = {"width": 1100, "height": 800}
PHONE = {"width": 375, "height": 812}
#: words of the drawings on the screen that overlap by more than a hair, or leave their drawing
WORDS_THAT_COLLIDE = """() => [...document.querySelectorAll('.drawing svg')].flatMap(drawing => {
    const frame = drawing.getBoundingClientRect();
    const words = [...drawing.querySelectorAll('text')].filter(t => t.textContent.trim())
        .map(t => ({text: t.textContent, box: t.getBoundingClientRect()}))
        .filter(({box}) => box.width > 0);
    const cut = words.filter(({box}) => box.left < frame.left - 3 || box.right > frame.right + 3);
    const on_others = words.filter(({box}, i) => words.some(({box: other}, j) => i < j
        && Math.min(box.right, other.right) - Math.max(box.left, other.left) > 2
        && Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 4));
    return [...cut, ...on_others].map(({text}) => text);
})"""
#: of the first words on the screen; read from disk it takes a third of it on an idle machine
ONE_SECOND = 1000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium; the tests are skipped where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        # its sandbox needs rights that containers and the root user do not have
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_of(sample_home, tmp_path_factory.mktemp("site"))


@dataclass
class Visit:
    """A page that is open, and what went on while it was."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, file: Path) -> Page:
        self.page.goto(file.as_uri())
        return self.page


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(viewport=DESK)
    yield watched(context)
    context.close()


def watched(context: BrowserContext) -> Visit:
    visit = Visit(context.new_page())

    def asked(request: Request) -> None:
        visit.asked.append(request.url)

    visit.page.on("request", asked)
    visit.page.on("console", lambda message: visit.said.append(message.text))
    visit.page.on("pageerror", lambda error: visit.said.append(str(error)))
    visit.page.on("dialog", lambda dialog: (visit.said.append("dialog"), dialog.dismiss()))
    return visit


def test_pages_open_in_silence_and_ask_for_nothing_but_files(visit: Visit, site: Path) -> None:
    for name in PAGES:
        visit.open(site / name)
    assert visit.said == []
    assert len(visit.asked) >= len(PAGES)
    assert {url.split(":")[0] for url in visit.asked} <= {"file", "data"}


def test_dbts_page_opens_in_silence_asks_for_nothing_and_shows_the_lineage(
    visit: Visit, sample_home: Path, sample_version: Path, tmp_path: Path
) -> None:
    file = tmp_path / "dbt_docs.html"
    text = dbt_docs(manifest(Settings(home=sample_home)), sample_version)
    file.write_text(text, encoding="utf-8")
    page = visit.open(file)
    page.goto(f"{file.as_uri()}#!/model/model.border.encounters")
    page.get_by_text("reference_month").first.wait_for()
    assert page.get_by_role("heading", name="encounters").first.is_visible()
    assert page.locator("a[href*='history_encounters']").count() > 0
    assert visit.said == []
    assert {url.partition("#")[0] for url in visit.asked} == {file.as_uri()}


def test_markup_in_a_publication_is_shown_and_not_run(
    visit: Visit, sample_version: Path, tmp_path: Path
) -> None:
    make_hostile(sample_version, tmp_path)
    folder = write_site_to(tmp_path, tmp_path / "site").parent
    for name in PAGES:
        page = visit.open(folder / name)
        assert page.locator("text=<script>alert(1)</script>").count() > 0
    assert visit.said == []
    assert {url.split(":")[0] for url in visit.asked} <= {"file", "data"}


def test_every_chart_has_its_marks(visit: Visit, site: Path) -> None:
    page = visit.open(site / "index.html")
    drawings = page.locator(".drawing.wide svg")
    assert drawings.count() == 6
    for drawing in drawings.all():
        assert drawing.bounding_box()["height"] > 100
        marks = drawing.locator(".mark-line path, .mark-area path").all()
        drawn = [mark for mark in marks if len(mark.get_attribute("d") or "") > 20]
        assert drawn, drawing.get_attribute("aria-label")
        # and they can be seen: a line has a colour of the page
        assert all("var(--" in (m.get_attribute("stroke") or "") for m in drawn)


def test_a_chart_says_the_marts_figures_to_who_points_at_it(
    visit: Visit, site: Path, sample_version: Path
) -> None:
    with reading(sample_version) as connection:
        month, expulsions = connection.execute(
            "select strftime(reference_month, '%B %Y'), expulsion_count from marts.border_monthly "
            "where border_region = 'southwest' and reference_month = date '2021-03-01'"
        ).fetchone()
    page = visit.open(site / "index.html")
    place = page.locator(f".drawing.wide [data-tip^='{month}']").first
    place.scroll_into_view_if_needed()
    place.hover()
    tip = page.locator(".tip")
    assert tip.is_visible()
    assert f"Title 42 expulsions: {expulsions:,}" in tip.inner_text()


def test_the_first_figure_is_the_marts(visit: Visit, site: Path, sample_version: Path) -> None:
    with reading(sample_version) as connection:
        (encounters,) = connection.execute(
            "select encounter_count from marts.border_monthly where border_region = 'southwest' "
            "and encounter_count is not null order by reference_month desc limit 1"
        ).fetchone()
    page = visit.open(site / "index.html")
    assert page.locator(".figure .count").first.inner_text() == f"{encounters:,}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium: Browser, site: Path, scheme: str) -> None:
    context = chromium.new_context(viewport=DESK, color_scheme=scheme)
    page = context.new_page()
    for name in PAGES:
        page.goto((site / name).as_uri())
        # two open tables of a page stand for all of them, which are made alike
        page.evaluate(
            "[...document.querySelectorAll('details')].slice(0, 2).map(d => d.open = true)"
        )
        found = Axe().run(page)
        serious = [
            (violation["id"], violation["nodes"][0]["html"])
            for violation in found.response["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
        assert serious == [], name
    context.close()


def test_nothing_is_wider_than_a_phone(chromium: Browser, site: Path) -> None:
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    for name in PAGES:
        page.goto((site / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    page.goto((site / "index.html").as_uri())
    assert page.locator(".drawing.narrow svg").first.is_visible()
    assert not page.locator(".drawing.wide svg").first.is_visible()
    context.close()


def test_the_tables_on_quality_need_no_sideways_scrolling_on_a_small_desk(
    chromium: Browser, site: Path
) -> None:
    context = chromium.new_context(viewport=SMALL_DESK)
    page = context.new_page()
    for name in ("quality.html", "checks.html"):
        page.goto((site / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        too_wide = page.evaluate(
            "[...document.querySelectorAll('.scroll')]"
            ".filter(box => box.scrollWidth > box.clientWidth).map(box => box.ariaLabel)"
        )
        assert too_wide == [], name
    context.close()


def test_no_word_in_a_chart_lies_on_another_or_is_cut(chromium: Browser, site: Path) -> None:
    for viewport in (DESK, PHONE):
        context = chromium.new_context(viewport=viewport)
        page = context.new_page()
        page.goto((site / "index.html").as_uri())
        assert page.evaluate(WORDS_THAT_COLLIDE) == []
        context.close()


def test_the_first_view_comes_within_a_second(visit: Visit, site: Path) -> None:
    visit.open(site / "index.html")  # Chromium itself is slow at its first page
    page = visit.open(site / "index.html")
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
    page.wait_for_function(f"({painted}) !== null")
    assert page.evaluate(painted) < ONE_SECOND


def test_the_keyboard_skips_to_the_content(visit: Visit, site: Path) -> None:
    page = visit.open(site / "index.html")
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.textContent") == "Skip to content"
    assert page.evaluate(f"{focused}.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.closest('main') !== null")


def test_where_the_keyboard_is_can_be_seen(visit: Visit, site: Path) -> None:
    page = visit.open(site / "catalog.html")
    for _ in range(8):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 80)")


def test_the_search_box_finds_tables_by_their_columns(visit: Visit, site: Path) -> None:
    page = visit.open(site / "catalog.html")
    everything = page.locator(".table-entry:visible").count()
    page.locator("#words").focus()
    page.keyboard.type("citizenship_group")
    shown = page.locator(".table-entry:visible")
    assert 0 < shown.count() < everything
    assert "marts.encounters" in shown.locator("h3").all_inner_texts()
    assert "marts.claims" not in shown.locator("h3").all_inner_texts()
    assert page.locator("#found").inner_text().startswith(f"{shown.count()} tables")
    page.locator("#words").fill("")
    assert page.locator(".table-entry:visible").count() == everything


def test_headings_go_down_one_step_at_a_time(visit: Visit, site: Path) -> None:
    for name in PAGES:
        page = visit.open(site / name)
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.localName[1])"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
