"""The bundled sample: a folder of publications that the project writes itself.

Real monthly totals (``facts/``) in the agencies' exact layouts, October 2018 to September 2021
(Border Patrol history from FY2000, custody page to FY2024), several vintages per series. Splits
finer than the totals are modelled and add up to them; a month or table without a real total is
absent. Each agency's layouts stand in a module of their own.
"""

import csv
import hashlib
import io
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from orchestration.mirror.manifest import COLUMNS, MANIFEST
from orchestration.mirror.sample_cbp import cbp_publications
from orchestration.mirror.sample_facts import FILES
from orchestration.mirror.sample_ice import ice_publications
from orchestration.mirror.sample_ohss import ohss_publications
from orchestration.mirror.sample_publication import OBTAINED_FROM, SamplePublication

#: Written last: names the code and facts that wrote the folder.
STAMP = ".written-by"


def write_sample(folder: Path) -> Path:
    """Write the sample's publications and their manifest.csv; returns ``folder``.

    Same code, same bytes. A folder that this code has written already is left alone; what another
    version wrote there is replaced. ValueError: a folder with files that are no sample.
    """
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text() == code_version():
        return folder
    if folder.is_dir() and any(folder.iterdir()):
        if not _is_sample(folder):
            raise ValueError(
                f"{folder}: found files that are not the bundled sample; expected an empty folder "
                "or an earlier sample. Choose another folder for the sample."
            )
        shutil.rmtree(folder)
    write_publications(folder, sample_publications())
    stamp.write_text(code_version())
    return folder


def write_publications(folder: Path, publications: Iterable[SamplePublication]) -> None:
    """Write publications and their manifest.csv into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for publication in publications:
        path = folder / publication.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(publication.content)
        lines.append(_manifest_line(publication))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *lines])
    (folder / MANIFEST).write_text(text.getvalue(), encoding="utf-8")


def sample_publications() -> Iterator[SamplePublication]:
    """Every publication of the sample, agency by agency, each vintage once."""
    yield from cbp_publications()
    yield from ice_publications()
    yield from ohss_publications()


@cache
def code_version() -> str:
    """The sha256 of the modules and facts that the sample is written from."""
    digest = hashlib.sha256()
    for path in (*sorted(Path(__file__).parent.glob("sample*.py")), *FILES.values()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _is_sample(folder: Path) -> bool:
    """Whether all that lies there was written by us; an interrupted write has no manifest yet."""
    names = {entry.name for entry in folder.iterdir()}
    return names <= {"cbp", "ice", "ohss", MANIFEST, STAMP}


def _manifest_line(publication: SamplePublication) -> list[str | int]:
    return [
        publication.path, publication.agency, publication.series, publication.published_name,
        publication.published_url, publication.captured_at, len(publication.content),
        hashlib.sha256(publication.content).hexdigest(), OBTAINED_FROM,
    ]  # fmt: skip
