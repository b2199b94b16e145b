"""Write the site of one published version: five pages, a style sheet, a script, pictures."""

import os
import shutil
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import duckdb
from altair.utils.schemapi import debug_mode
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from orchestration.settings import Settings
from orchestration.site.catalog import catalog_page
from orchestration.site.checks import checks_page
from orchestration.site.front import front_page
from orchestration.site.quality import quality_page
from orchestration.site.rows import day, month_name, number, rows_of, short_month, signed
from orchestration.site.statements import statements_page
from orchestration.warehouse.marts import reading
from orchestration.warehouse.package import BANNERS
from orchestration.warehouse.query import FILE_NAME
from orchestration.warehouse.unexplained import unexplained_in
from orchestration.warehouse.versions import about

FOLDER = "site"
FRONT = "index.html"
DBT_DOCS = "dbt_docs.html"


class SiteError(Exception):
    """A site that is not there or cannot be written. The message says what to do."""


def published_site(settings: Settings) -> Path:
    """The front page in the folder of the current version; SiteError if it has none."""
    front = current_folder(settings) / FOLDER / FRONT
    if not front.is_file():
        raise SiteError(
            f"{front}: no such file; expected the page that publishing writes. Older versions have "
            "none: write it to a folder of your own with --output."
        )
    return front


def current_folder(settings: Settings) -> Path:
    """The folder of the current version; NothingPublishedError before the first run."""
    return settings.published / about(settings).version


def write_site(version_folder: Path, dbt_docs: str | None = None) -> Path:
    """Write ``site/`` into the folder of a version, anew; the path of its front page.

    The folder holds the version's ``border.duckdb``, and its Parquet and CSV files to be linked.
    ``dbt_docs``: dbt's page on the project that built the version, to be linked.
    """
    return write_site_to(version_folder, version_folder / FOLDER, dbt_docs)


def write_site_to(version_folder: Path, output: Path, dbt_docs: str | None = None) -> Path:
    """Write the site of a version to a folder, in which nothing but an older site may be.

    Its links lead to the version's files from there. ``dbt_docs``: dbt's page on the project; None:
    the one that the version has, if any. SiteError if other files are in the folder.
    """
    its_own = version_folder / FOLDER / DBT_DOCS
    if dbt_docs is None and its_own.is_file():
        dbt_docs = its_own.read_text(encoding="utf-8")
    _make_room(output)
    with reading(version_folder / FILE_NAME) as connection, debug_mode(False):
        # the charts are proved by tests: checking each part against the schema costs a second
        version = _link(version_folder, output)
        shared = _shared(connection) | {
            "version": version,
            "dbt_docs": DBT_DOCS if dbt_docs else None,
        }
        pages = {
            FRONT: front_page(connection, output),
            "claims.html": statements_page(connection),
            "quality.html": quality_page(connection),
            "checks.html": checks_page(connection),
            "catalog.html": catalog_page(connection, version_folder, version),
        }
    templates = _templates()
    for name, content in pages.items():
        text = templates.get_template(name).render(page=name, **shared, **content)
        (output / name).write_text(text, encoding="utf-8")
    if dbt_docs:
        (output / DBT_DOCS).write_text(dbt_docs, encoding="utf-8")
    for file in resources.files("orchestration.site").joinpath("files").iterdir():
        (output / file.name).write_bytes(file.read_bytes())
    return output / FRONT


def _make_room(output: Path) -> None:
    if output.is_dir() and any(output.iterdir()) and not (output / FRONT).is_file():
        raise SiteError(
            f"{output}: found other files; expected an empty folder, or a site to be written anew. "
            "Name another folder."
        )
    output.mkdir(parents=True, exist_ok=True)
    for path in output.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _link(version_folder: Path, output: Path) -> str:
    """The way from the pages to the version's files."""
    return quote(os.path.relpath(version_folder.absolute(), output.absolute()).replace(os.sep, "/"))


def _shared(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What every page shows: version, source, day, notice, how many totals are unexplained."""
    about = rows_of(connection, "select * from meta.about")[0]
    known = rows_of(
        connection,
        "select max(known_on) as known_on, count(distinct vintage_id) as vintages "
        "from meta.sources_of_this_version",
    )[0]
    return {
        "unexplained_totals": len(unexplained_in(connection)),
        "about": about,
        "banner": BANNERS[about["source_mode"]],
        "known_on": known["known_on"],
        "vintages_used": known["vintages"],
    }


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("orchestration.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "signed": signed,
        "month": _month,
        "short_month": short_month,
        "day": day,
        "web_address": _web_address,
        "name": _name,
        "size": _size,
    }
    return environment


def _month(value: date | None) -> str:
    return "–" if value is None else month_name(value)


def _name(text: str) -> Markup:
    """A name that may go on in the next line after each of its parts."""
    return escape(text).replace("_", Markup("_<wbr>"))


def _web_address(url: str | None) -> str | None:
    """The URL if it is one of the web: a publication may name anything as its address."""
    return url if url and urlsplit(url).scheme in {"http", "https"} else None


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
