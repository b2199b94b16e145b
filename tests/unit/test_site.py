"""The page of a version: its figures are the marts', its texts are text, it needs no network."""

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml
from lxml import etree, html

from orchestration.settings import PROJECT_ROOT
from orchestration.site import points
from orchestration.site.drawing import inline
from orchestration.site.front import charts
from orchestration.site.latest import BORDER, DETENTION, Measure, latest_figure, months_before
from orchestration.site.points import Point, stretches
from orchestration.site.rows import NOT_PUBLISHED, number, signed
from orchestration.site.write import SiteError, write_site, write_site_to
from orchestration.warehouse.marts import reading
from tests.site_of_a_version import HOSTILE, PAGES, make_hostile, site_of, version_folder

THREE_MEGABYTES = 3_000_000


@pytest.fixture(scope="module")
def site(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_of(sample_home, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def hostile_site(sample_version: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    make_hostile(sample_version, folder)
    return write_site_to(folder, folder / "site").parent


def page(site: Path, name: str) -> html.HtmlElement:
    return html.fromstring((site / name).read_text(encoding="utf-8"))


def of_class(element: html.HtmlElement, name: str) -> list[html.HtmlElement]:
    return element.xpath(f".//*[contains(concat(' ', @class, ' '), ' {name} ')]")


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


# --- figures ---------------------------------------------------------------------------------


def test_each_latest_figure_on_the_page_is_the_newest_whole_month_of_its_mart(
    site: Path, sample_version: Path
) -> None:
    cards = {text(card.find("h3")): card for card in of_class(page(site, "index.html"), "figure")}
    assert len(cards) == len(BORDER) + len(DETENTION)
    with reading(sample_version) as connection:
        for measure in (*BORDER, *DETENTION):
            row = connection.execute(
                f"select {measure.column}, strftime(reference_month, '%B %Y') from {measure.rows} "
                f"and {measure.column} is not null and not is_partial "
                "order by reference_month desc limit 1"
            ).fetchone()
            card = cards[measure.title]
            if row is None:
                assert "no figure held" in text(card)
                continue
            assert text(of_class(card, "count")[0]).removeprefix("≈ ") == f"{row[0]:,.0f}"
            assert text(of_class(card, "when")[0]) == row[1]


def test_the_encounters_change_as_the_mart_says(site: Path, sample_version: Path) -> None:
    with reading(sample_version) as connection:
        on_month, on_year = connection.execute(
            "select encounter_change_on_month, encounter_change_on_year from marts.border_monthly "
            "where border_region = 'southwest' and encounter_count is not null "
            "order by reference_month desc limit 1"
        ).fetchone()
    card = of_class(page(site, "index.html"), "figure")[0]
    assert [text(by) for by in of_class(card, "by")] == [signed(on_month), signed(on_year)]


@pytest.mark.parametrize(
    ("title", "mart", "row_filter", "columns"),
    [
        (
            "Expelled, apprehended, released",
            "border_monthly",
            "border_region = 'southwest'",
            {
                f"Southwest land border: {points.EXPULSIONS}": "expulsion_count",
                f"Southwest land border: {points.APPREHENSIONS}": "apprehension_count",
                f"Southwest land border: {points.USBP_RELEASES}": "usbp_release_count",
                f"Southwest land border: {points.OFO_PAROLES}": "ofo_parole_count",
            },
        ),
        (
            "ICE detention: in, out, and held",
            "detention_monthly",
            "true",
            {
                f"{points.BOOK_INS}: Arrested by CBP": "cbp_book_in_count",
                f"{points.BOOK_INS}: Arrested by ICE": "ice_book_in_count",
                f"{points.ICE_RELEASES}: Released": "release_count",
            },
        ),
        (
            "What became of families and of single adults",
            "outcomes_by_family_status",
            "family_status = 'family_unit' and outcome = 't42_expulsions'",
            {"People in families: Expelled under Title 42": "person_count"},
        ),
        (
            "Along the border, sector by sector",
            "sector_monthly",
            "component = 'USBP' and area_of_responsibility = 'Rio Grande Valley'",
            {"Rio Grande Valley": "encounter_count"},
        ),
    ],
)
def test_the_figures_below_a_chart_are_the_marts_month_by_month(
    site: Path,
    sample_version: Path,
    title: str,
    mart: str,
    row_filter: str,
    columns: dict[str, str],
) -> None:
    shown = figures_below(page(site, "index.html"), title)
    with reading(sample_version) as connection:
        rows = connection.execute(
            f"select strftime(reference_month, '%B %Y'), {', '.join(columns.values())} "
            f"from marts.{mart} where {row_filter}"
        ).fetchall()
    compared = 0
    for month, *values in rows:
        for heading, value in zip(columns, values, strict=True):
            if month in shown:
                expected = "–" if value is None else f"{value:,.0f}"
                assert shown[month][heading].strip("≈* ") == expected, (month, heading)
                compared += value is not None
            else:
                assert value is None or title.startswith("Expelled")  # its chart begins later
    assert compared > 12


def figures_below(front: html.HtmlElement, title: str) -> dict[str, dict[str, str]]:
    """Month -> heading -> cell of the table below a chart."""
    for section in of_class(front, "chart"):
        if text(section.find("h2")) == title:
            headings = [text(th) for th in section.xpath(".//thead//th")][1:]
            return {
                text(row.find("th")): dict(zip(headings, map(text, row.findall("td")), strict=True))
                for row in section.xpath(".//tbody/tr")
            }
    raise AssertionError(f"no chart {title!r}")


def test_each_statement_shows_its_verdict_its_figures_and_its_query(
    site: Path, sample_version: Path
) -> None:
    articles = of_class(page(site, "claims.html"), "statement")
    with reading(sample_version) as connection:
        claims = connection.execute(
            "select statement, verdict, ours_now, sql from marts.claims order by statement_number"
        ).fetchall()
    assert len(articles) == len(claims) > 0
    for article, (statement, verdict, now, sql) in zip(articles, claims, strict=True):
        assert statement in text(article)
        verdict_shown = text(of_class(article, "verdict")[0])
        assert verdict_shown == verdict.replace(": ", " ", 1)
        figures = {text(one.find("dt")): text(one.find("dd")) for one in article.xpath(".//dl/div")}
        assert figures["Our figure now"] == ("none" if now is None else number(now))
        assert article.xpath(".//pre")[0].text_content() == sql


def test_the_catalog_names_every_table_and_column_and_links_its_files(
    site: Path, sample_home: Path, sample_version: Path
) -> None:
    entries = {entry.get("id"): entry for entry in page(site, "catalog.html").xpath("//article")}
    with reading(sample_version) as connection:
        columns = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index) "
            "from duckdb_columns() where schema_name in ('marts', 'meta', 'history') group by 1"
        ).fetchall()
    assert set(entries) == {table for table, _ in columns}
    for table, names in columns:
        assert [text(th) for th in entries[table].xpath(".//tbody//th")] == names
    links = [a.get("href") for a in entries["marts.encounters"].xpath(".//dd//a")]
    assert [Path(link).name for link in links] == ["encounters.parquet", "encounters.csv"]
    for link in links:
        assert (site / link).resolve().is_file()


def test_the_catalog_says_each_tables_key_and_what_was_redefined(
    site: Path, sample_version: Path
) -> None:
    catalog = page(site, "catalog.html")
    with reading(sample_version) as connection:
        grains = connection.execute("select table_name, key_columns from meta.grains").fetchall()
        redefined = connection.execute("select mart, reason from meta.redefinitions").fetchall()
    for table, columns in grains:
        entry = catalog.get_element_by_id(f"marts.{table}")
        said = {text(one.find("dt")): text(one.find("dd")) for one in entry.xpath("./dl/div")}
        assert said["Key: no two rows share"] == ", ".join(columns)
    assert redefined
    for mart, reason in redefined:
        assert reason in text(catalog.get_element_by_id(f"marts.{mart}"))


def test_a_chart_says_that_its_figures_were_redefined_where_a_vintage_is_of_since_then(
    sample_version: Path, tmp_path: Path
) -> None:
    file = tmp_path / "border.duckdb"
    shutil.copyfile(sample_version, file)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        assert "Redefined" not in notes_on_outcomes(connection)
        connection.execute(
            "update meta.vintage_tables set coverage_end = date '2024-06-30' "
            "where table_name = 'swb_book_outs_by_family_status'"
        )
        assert (
            "Redefined: OHSS classifies the outcomes of encounters anew, for all months"
            in notes_on_outcomes(connection)
        )


def notes_on_outcomes(connection: duckdb.DuckDBPyConnection) -> str:
    return " ".join(
        note for chart in charts(connection) if chart.key == "outcomes" for note in chart.notes
    )


def test_the_catalog_says_which_series_gave_a_table_its_rows(site: Path) -> None:
    entry = page(site, "catalog.html").get_element_by_id("marts.border_monthly")
    assert "ohss_monthly_tables (" in text(entry)
    assert "cbp_border_patrol_history (" in text(entry)


def test_what_was_refused_is_named_with_the_reason(
    real_home: Path, real_version: Path, tmp_path: Path
) -> None:
    quality = page(site_of(real_home, tmp_path / "site"), "quality.html")
    with reading(real_version) as connection:
        refused = connection.execute(
            "select table_name, unnest(reasons) from meta.vintage_tables "
            "where status = 'quarantined'"
        ).fetchall()
    shown = text(quality.xpath("//*[@aria-labelledby='refused']")[0])
    assert refused
    for table, reason in refused:
        assert table in shown
        assert " ".join(reason.split()) in shown


def test_every_page_carries_the_notice_and_the_banner_of_the_sample(site: Path) -> None:
    for name in PAGES:
        shown = text(page(site, name))
        assert "but is not endorsed by CBP." in shown
        assert "SAMPLE: real monthly totals, finer splits modelled." in shown


def test_no_page_of_the_sample_warns_of_unexplained_totals(site: Path) -> None:
    for name in PAGES:
        assert page(site, name).xpath("//*[@aria-label='Warning']") == []


def test_every_page_warns_of_totals_that_nobody_can_explain_and_leads_to_them(
    sample_version: Path, tmp_path: Path
) -> None:
    """None is unexplained in the sample, so a copy of it is spoiled."""
    file = tmp_path / "border.duckdb"
    shutil.copyfile(sample_version, file)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "update marts.reconciliation set status = 'unexplained', difference = -1200, "
            "published_source = ? where measure = 'OFO Title 42 Expulsions' and scope = 'SW' "
            "and period in ('FY2020 APR', 'FY2020 AUG')",
            [HOSTILE],
        )
    folder = write_site_to(tmp_path, tmp_path / "site").parent
    for name in PAGES:
        (banner,) = page(folder, name).xpath("//div[@aria-label='Warning']")
        assert text(banner).startswith("2 published totals differ from ours")
        assert banner.xpath(".//a/@href") == ["quality.html#unexplained"]
    quality = page(folder, "quality.html")
    assert len(quality.xpath("//*[@id='unexplained']")) == 1
    (table,) = quality.xpath("//div[@aria-label='Unexplained totals']//table")
    rows = [[text(cell) for cell in row] for row in table.xpath(".//tbody/tr")]
    assert {tuple(row[2:7]) for row in rows} == {
        ("FY2020 APR", "519", "–", "519", "−1,200"),
        ("FY2020 AUG", "1,711", "–", "1,711", "−1,200"),
    }
    assert all(" ".join(HOSTILE.split()) in row[-1] for row in rows)


def test_the_page_says_why_releases_of_two_agencies_are_not_added(site: Path) -> None:
    assert "Releases are never added." in text(page(site, "index.html"))


# --- what a chart may join -------------------------------------------------------------------


def line(*values: float | None, kind: str | None = None, start: date = date(2020, 1, 1)) -> list:
    return [
        Point("panel", "line", months_before(start, -index), value, kind)
        for index, value in enumerate(values)
    ]


def lengths(found: list[Point]) -> list[int]:
    return [len(stretch.points) for stretch in stretches(found)]


def test_a_month_without_a_figure_is_a_gap_and_no_zero() -> None:
    assert lengths(line(1, 2, None, 4)) == [2, 1]


def test_a_month_that_has_no_row_is_a_gap_too() -> None:
    assert lengths(line(1, 2) + line(4, start=date(2020, 4, 1))) == [2, 1]


def test_a_zero_is_a_figure() -> None:
    assert lengths(line(1, 0, 2)) == [3]


def test_a_line_breaks_where_the_definition_changes() -> None:
    before = line(1, 2, kind="final_releases")
    after = line(3, 4, kind="final_book_outs", start=date(2020, 3, 1))
    assert lengths(before + after) == [2, 2]


def test_the_redefinition_of_ice_releases_is_drawn_as_a_break(real_version: Path) -> None:
    with reading(real_version) as connection:
        found = points.detention_points(connection)
        chart = next(chart for chart in charts(connection) if chart.key == "detention")
    ends = {
        stretch.points[-1].month
        for stretch in stretches(found)
        if stretch.panel == points.ICE_RELEASES
    }
    assert date(2023, 9, 1) in ends
    breaks = [panel.break_at for panel in chart.drawing.panels if panel.break_at]
    assert [month for month, _ in breaks] == [date(2023, 10, 1)]


# --- the latest month ------------------------------------------------------------------------

MEASURE = Measure("Encounters", "events", "", "marts.m where true", "n", "s")


@pytest.fixture
def months() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create schema marts; create schema meta;"
        "create table marts.m (reference_month date, n bigint, is_partial boolean, "
        "s_vintage_id text);"
        "create table meta.vintages (vintage_id text, published_name text, known_on date)"
    )
    return connection


def test_a_month_that_is_not_over_is_never_the_latest(months: duckdb.DuckDBPyConnection) -> None:
    months.execute(
        "insert into marts.m values ('2024-01-01', 100, false, 'a'), ('2024-02-01', 7, true, 'a')"
    )
    latest = latest_figure(months, MEASURE)
    assert (latest.month, latest.value) == (date(2024, 1, 1), 100)
    assert latest.partial_month == date(2024, 2, 1)


def test_there_is_no_change_on_a_month_without_a_whole_figure(
    months: duckdb.DuckDBPyConnection,
) -> None:
    months.execute(
        "insert into marts.m values ('2023-01-01', null, false, 'a'), "
        "('2023-12-01', 50, true, 'a'), ('2024-01-01', 100, false, 'a')"
    )
    latest = latest_figure(months, MEASURE)
    assert latest.on_month is not None
    assert latest.on_month.value is None
    assert latest.on_year is not None
    assert latest.on_year.value is None


def test_a_change_from_zero_has_no_percentage(months: duckdb.DuckDBPyConnection) -> None:
    months.execute(
        "insert into marts.m values ('2023-12-01', 0, false, 'a'), ('2024-01-01', 5, false, 'a')"
    )
    on_month = latest_figure(months, MEASURE).on_month
    assert on_month is not None
    assert (on_month.value, on_month.percent) == (5, None)


def test_a_measure_without_any_figure_has_no_month(months: duckdb.DuckDBPyConnection) -> None:
    assert latest_figure(months, MEASURE).month is None


def test_numbers_read_as_a_newspaper_prints_them() -> None:
    assert [number(value) for value in (0, 1234, 39.56, 71955.16)] == [
        "0",
        "1,234",
        "39.6",
        "71,955",
    ]
    assert number(None) == NOT_PUBLISHED
    assert [signed(value) for value in (5, -1234, 0)] == ["+5", "−1,234", "±0"]


# --- nothing from outside, nothing but text ---------------------------------------------------


def test_no_page_loads_anything_but_the_files_beside_it(site: Path) -> None:
    for name in PAGES:
        tree = page(site, name)
        loaded = [
            *tree.xpath("//script/@src"),
            *tree.xpath("//link/@href"),
            *tree.xpath("//img/@src"),
            *tree.xpath("//*[local-name()='image' or local-name()='use']/@href"),
            *tree.xpath("//iframe/@src"),
        ]
        assert sorted(set(loaded)) == ["data:,", "site.css", "site.js"]
    for file in ("site.css", "site.js"):
        code = (site / file).read_text(encoding="utf-8")
        assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttp", code)


def test_every_page_is_under_three_megabytes_with_all_it_loads(site: Path) -> None:
    beside = sum((site / file).stat().st_size for file in ("site.css", "site.js"))
    for name in PAGES:
        assert (site / name).stat().st_size + beside < THREE_MEGABYTES


def test_every_chart_lies_beside_the_page_as_png_and_svg(site: Path) -> None:
    front = page(site, "index.html")
    keys = [
        h2.get("id").removeprefix("chart-") for h2 in front.xpath("//section[@class='chart']/h2")
    ]
    assert len(keys) == 6
    for key in keys:
        assert (site / "charts" / f"{key}.png").read_bytes().startswith(b"\x89PNG")
        assert etree.parse(site / "charts" / f"{key}.svg").getroot().tag.endswith("svg")


def test_markup_in_the_data_is_text_on_every_page(hostile_site: Path) -> None:
    for name in PAGES:
        tree = page(hostile_site, name)
        assert tree.xpath("//script/@src") == ["site.js"]
        assert not tree.xpath("//script[not(@src)] | //img | //iframe | //object")
        assert not tree.xpath("//@*[starts-with(name(), 'on')]")
        assert HOSTILE in tree.text_content()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("index.html", "//section[@class='chart']//svg//text"),  # a sector above its panel
        ("index.html", "//section[@class='chart']//thead//th"),
        ("index.html", "//li[@class='figure']/p[@class='source']"),
        ("claims.html", "//article/h2"),
        ("claims.html", "//pre/code"),
        ("quality.html", "//*[@aria-labelledby='freshness']//tbody/tr/th/a"),
        ("quality.html", "//*[@aria-labelledby='vintages']/h3"),
        ("catalog.html", "//article/p"),
        ("catalog.html", "//td[@class='long']"),
    ],
)
def test_markup_is_shown_as_itself(hostile_site: Path, name: str, place: str) -> None:
    shown = [element.text_content() for element in page(hostile_site, name).xpath(place)]
    assert any("<script>alert(1)</script>" in one for one in shown)


def test_an_address_that_is_not_of_the_web_is_no_link(hostile_site: Path) -> None:
    for name in PAGES:
        assert not [
            link
            for link in page(hostile_site, name).xpath("//a/@href")
            if link.lower().strip().startswith("javascript:")
        ]


def test_a_drawing_keeps_shapes_and_words_and_nothing_that_acts() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(1)">'
        '<script>alert(1)</script><a href="javascript:alert(1)"><text>a</text></a>'
        '<foreignObject><b>c</b></foreignObject><path d="M0,0" fill="#0a66a8" onclick="x()"/>'
        "<text>&lt;b&gt;</text></svg>"
    )
    drawing = str(inline(svg, "A <b>title</b>", "what it shows"))
    assert "alert" not in drawing
    assert "onclick" not in drawing
    assert "foreignObject" not in drawing
    assert '<path d="M0,0" fill="var(--c1)"' in drawing
    assert "&lt;b&gt;</text>" in drawing
    assert 'aria-label="A &lt;b&gt;title&lt;/b&gt;. what it shows"' in drawing


# --- where it is written ---------------------------------------------------------------------


def test_a_folder_with_other_files_is_left_alone(sample_home: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SiteError, match="found other files"):
        write_site_to(version_folder(sample_home), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_site_is_written_over_an_older_one_and_dbts_page_goes_along(
    sample_version: Path, tmp_path: Path
) -> None:
    version, elsewhere = tmp_path / "version", tmp_path / "elsewhere"
    version.mkdir()
    (version / "border.duckdb").symlink_to(sample_version)
    write_site(version, dbt_docs="<p>lineage</p>")
    (elsewhere / "charts").mkdir(parents=True)
    for old in ("index.html", "charts/old.png"):
        (elsewhere / old).write_bytes(b"")
    assert write_site_to(version, elsewhere) == elsewhere / "index.html"
    assert not (elsewhere / "charts" / "old.png").exists()
    for folder in (version / "site", elsewhere):
        assert "dbt_docs.html" in page(folder, "index.html").xpath("//footer//a/@href")
        assert (folder / "dbt_docs.html").read_text() == "<p>lineage</p>"


def test_dbts_page_is_not_linked_where_there_is_none(hostile_site: Path) -> None:
    assert "dbt_docs.html" not in page(hostile_site, "index.html").xpath("//footer//a/@href")


def test_every_result_of_the_gate_stands_on_the_page_of_checks(
    site: Path, sample_version: Path
) -> None:
    found = page(site, "checks.html")
    with reading(sample_version) as connection:
        for series, table, rule, passed, name in connection.execute(
            "select c.series, table_name, rule, passed, published_name from meta.checks as c "
            "left join meta.vintages using (vintage_id) where engine != 'dbt'"
        ).fetchall():
            section = found.get_element_by_id(series).getparent()
            rows = [
                text(row)
                for row in section.xpath(
                    f".//div[starts-with(@aria-label, '{'Passed' if passed else 'Found'}')]//tr"
                )
            ]
            named = [table or "whole file", rule, name or ""]
            assert any(all(word in row for word in named) for row in rows), named
        tests = connection.execute(
            "select rule from meta.checks where engine = 'dbt' order by rule"
        ).fetchall()
    shown = [text(th) for th in found.get_element_by_id("dbt").getparent().xpath(".//tbody//th")]
    assert sorted(shown) == [rule for (rule,) in tests]


# --- lineage -----------------------------------------------------------------------------------


def exposed(name: str) -> set[str]:
    """The models that an exposure of the dbt project names."""
    file = PROJECT_ROOT / "dbt_project" / "models" / "exposures.yml"
    exposures = yaml.safe_load(file.read_text(encoding="utf-8"))["exposures"]
    one = next(exposure for exposure in exposures if exposure["name"] == name)
    return {reference.split("'")[1] for reference in one["depends_on"]}


def test_the_exposure_of_the_page_names_every_table_that_it_reads() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in (PROJECT_ROOT / "orchestration" / "site").glob("*.py")
    )
    read = set(re.findall(r"\b(?:marts|meta|history)\.[a-z_]+", code))
    named = {
        model.removeprefix("history_").removeprefix("meta_").replace("_made", "")
        for model in exposed("web_page")
    }
    assert {table.split(".")[1] for table in read} - {"m"} == named


def test_the_exposure_of_postgres_names_every_model_of_marts_and_meta() -> None:
    models = PROJECT_ROOT / "dbt_project" / "models"
    loaded = {
        file.stem for part in ("marts", "audit", "meta") for file in (models / part).glob("*.sql")
    }
    assert exposed("border_postgres") == loaded
