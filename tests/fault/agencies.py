"""Two agencies on a mirror that shows faults, and a home that takes from them: no Dagster, no dbt.

At the start the home holds a good publication of each.

``Agencies.take`` is what a run does up to the gate: acquire, archive, load. The publications are
small, in the agencies' layouts.
"""

import csv
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import duckdb

from orchestration.acquire.acquire import AcquireResult, acquire
from orchestration.acquire.archive import Archive
from orchestration.loading import load_archived
from orchestration.mirror.faults import FAULTS, FaultyMirror, Shown
from orchestration.mirror.manifest import COLUMNS
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.warehouse.load import LoadedVintage
from tests.unit import cbp_documents as cbp
from tests.unit import ice_workbook_writer as ice

STATE = SERIES["cbp_nationwide_encounters_state"]
ICE = SERIES["ice_detention_statistics"]
SITE = "https://www.cbp.gov/sites/default/files"
MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR")
#: month of posting of the file that goes to each of them
POSTED = ("2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04")
GOOD = "nationwide-encounters-fy24-fy24-jan-state.csv"
NEWER = "nationwide-encounters-fy24-fy24-feb-state.csv"
WORKBOOK = "FY21_detentionStats11162020.xlsx"


def state_lines(through: str, counts: dict[str, str] | None = None) -> list[str]:
    """Rows of October to a month; ``counts``: of the single adults, by month."""
    counts = counts or {}
    return [
        cbp.state_row(
            month=month,
            demographic=demographic,
            count=counts.get(month, "100") if demographic == "Single Adults" else "10",
        )
        for month in MONTHS[: MONTHS.index(through) + 1]
        for demographic in ("FMUA", "Single Adults", "UAC")
    ]


def state_file(through: str, counts: dict[str, str] | None = None) -> bytes:
    """CBP's file by state as posted in the month after ``through``."""
    return cbp.csv_document(cbp.STATE_HEADER, *state_lines(through, counts)).content


def state_url(through: str) -> str:
    """Where it stands on CBP's site."""
    name = f"nationwide-encounters-fy24-fy24-{through.lower()}-state.csv"
    return f"{SITE}/{POSTED[MONTHS.index(through)]}/{name}"


def ice_url(name: str = WORKBOOK) -> str:
    """Where a workbook stands on ICE's site."""
    return f"https://www.ice.gov/doclib/detention/{name}"


@cache  # it holds the time at which it was written
def workbook() -> bytes:
    """ICE's workbook of October and November 2020."""
    return ice.publication(name=WORKBOOK).content


@dataclass
class Taken:
    """What one run came to, of both series."""

    results: dict[str, AcquireResult]
    loaded: list[LoadedVintage]

    @property
    def errors(self) -> list[str]:
        return [error for result in self.results.values() for error in result.errors]

    @property
    def new(self) -> list[str]:
        return [vintage for result in self.results.values() for vintage in result.new]

    def reasons(self, name: str) -> str:
        """Why a vintage, or a table of it, was quarantined; '' where it was not."""
        (vintage,) = [it for it in self.loaded if it.published_name == name]
        tables = vintage.quarantined_tables.values()
        return " | ".join([*vintage.reasons, *(reason for of in tables for reason in of)])


def acquire_from(settings: Settings, series) -> AcquireResult:
    """Acquire and archive one series."""
    return acquire(series, settings, Archive(settings.archive))


def load_into(settings: Settings, series) -> tuple[list[LoadedVintage], list[str]]:
    """Load what is archived and not loaded; and the damages of the archive."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        loaded, damaged = load_archived(connection, series, Archive(settings.archive), "run")
    return loaded.vintages, damaged


class Agencies:
    """A folder of publications, the mirror that serves it, and a home."""

    def __init__(self, place: Path) -> None:
        folder, home = place / "publications", place / "home"
        folder.mkdir()
        home.mkdir(exist_ok=True)
        self._folder = folder
        self._rows: list[list[object]] = []
        self.post(STATE, state_url("JAN"), state_file("JAN"), "2024-02-20")
        self.post(ICE, ice_url(), workbook(), "2020-11-20")
        self.mirror = FaultyMirror(folder, SERIES)
        self.settings = Settings(
            home=home, mirror_url=self.mirror.url, source_mode="folder", retries=1
        )

    def post(self, series, url: str, content: bytes, captured_at: str = "") -> str:
        """Put a publication on the agency's site; its sha256."""
        name, digest = url.rsplit("/", 1)[-1], hashlib.sha256(content).hexdigest()
        file = f"{len(self._rows)}{Path(name).suffix}"
        (self._folder / file).write_bytes(content)
        self._rows.append(
            [file, series.agency, series.name, name, url, captured_at, len(content), digest, ""]
        )
        self._write_manifest()
        return digest

    def _write_manifest(self) -> None:
        with (self._folder / "manifest.csv").open("w", newline="") as manifest:
            csv.writer(manifest).writerows([COLUMNS, *self._rows])

    def post_again(self, name: str) -> None:
        """Put the same bytes under the same name once more, as an agency does."""
        (file,) = [self._folder / str(row[0]) for row in self._rows if row[3] == name]
        file.write_bytes(file.read_bytes())
        self._write_manifest()

    def show(self, fault, pattern: str, times: int | None = None) -> None:
        """Let the mirror show a fault (by its name, or as a function) from now on."""
        self.mirror.faults.append(Shown(FAULTS.get(fault, fault), pattern, times))

    def acquire(self, *series, **settings: object) -> Taken:
        """Acquire and archive both series, or those given."""
        chosen = replace(self.settings, **settings)
        return Taken({one.name: acquire_from(chosen, one) for one in series or (STATE, ICE)}, [])

    def load(self, *series) -> list[LoadedVintage]:
        """Load what is archived and not loaded."""
        loaded: list[LoadedVintage] = []
        for one in series or (STATE, ICE):
            loaded += load_into(self.settings, one)[0]
        return loaded

    def take(self, *series, **settings: object) -> Taken:
        """Acquire, archive and load."""
        taken = self.acquire(*series, **settings)
        for one in series or (STATE, ICE):
            loaded, damaged = load_into(self.settings, one)
            taken.loaded += loaded
            taken.results[one.name].errors += damaged
        return taken

    def figures(self) -> dict[str, float]:
        """Encounters by month, of the newest accepted vintage that covers it."""
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            rows = connection.execute(
                """
                with newest as (
                    select raw.*, rank() over (
                        partition by reference_month order by coverage_end desc, known_on desc
                    ) as age
                    from raw.cbp_nationwide_encounters_state as raw
                    inner join ledger.accepted_tables using (vintage_id)
                )
                select strftime(reference_month, '%Y-%m'), sum(value) from newest
                where age = 1 group by all order by all
                """
            ).fetchall()
        return dict(rows)

    def archived(self) -> dict[str, bytes]:
        """Every file of the archive, by its path."""
        folder = self.settings.archive
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    def held(self) -> set[str]:
        """The vintages of both series that the archive holds whole."""
        archive = Archive(self.settings.archive)
        found = {it.vintage_id for one in (STATE, ICE) for it in archive.vintages(one)}
        for vintage_id in found:
            archive.read(vintage_id)
        return found


#: what October 2023 to January 2024 come to in a good file
GOOD_FIGURES = {"2023-10": 120.0, "2023-11": 120.0, "2023-12": 120.0, "2024-01": 120.0}
