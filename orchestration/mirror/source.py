"""Where a home takes its publications from: the agencies, a folder, or the bundled sample.

A home remembers its source, so that a run started in the Dagster UI takes from the same place as
`border run` did. Sample figures and real ones never share a home.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from orchestration.mirror.manifest import MANIFEST
from orchestration.mirror.serve import Mirror
from orchestration.series.series import Series
from orchestration.settings import Settings
from orchestration.warehouse.versions import write_whole

#: nobody has said yet where this home takes its publications from
NOT_CHOSEN = "none"


class SourceError(Exception):
    """A source that cannot be used with this home; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """``mode`` is 'live', 'folder' or 'sample'; ``folder`` holds the publications of a folder.

    NOT_CHOSEN where the home has no source yet.
    """

    mode: str
    folder: Path | None = None

    @classmethod
    def remembered(cls, settings: Settings) -> "Source":
        """The source that this home took from last; NOT_CHOSEN where it has none yet.

        A home that lost its note is what its archive says; what a mirror serves is a folder.
        """
        path = settings.home / "source.json"
        stored = (
            json.loads(path.read_text())
            if path.is_file()
            else {"mode": _mode_of_archive(settings) or NOT_CHOSEN}
        )
        mode, folder = stored["mode"], stored.get("folder")
        if settings.mirror_url and mode in {"live", NOT_CHOSEN}:
            mode = "folder"
        return cls(mode, Path(folder) if folder else None)

    def refusal(self, settings: Settings) -> str | None:
        """Why this source cannot be asked for anything; None where it can."""
        if settings.mirror_url and self.mode == "sample":
            return (
                f"BORDER_MIRROR_URL: found {settings.mirror_url!r}; expected none where the source "
                "is the sample, which comes from no mirror but its own. Unset it, or take from "
                "the mirror in a home of its own: BORDER_HOME=FOLDER border run --source live."
            )
        if settings.mirror_url or self.mode in {"live", "sample"}:
            return None
        if self.mode == NOT_CHOSEN:
            return (
                f"{settings.home}: found no source of publications; expected one, as the agencies "
                "are asked only where somebody has said so. Choose it with a first run: border run "
                "--source live, --source sample or --source FOLDER."
            )
        if self.folder is None:
            return "source 'folder': no folder given. Use border run --source DIR."
        if not (self.folder / MANIFEST).is_file():
            return (
                f"{self.folder}: found no manifest.csv; expected the folder of publications that "
                "this home takes from. Bring it back, or name another: border run --source DIR."
            )
        return None

    def remember(self, settings: Settings) -> None:
        """Make this the home's source; refuse to mix the sample with real publications."""
        path = settings.home / "source.json"
        if path.is_file() or _mode_of_archive(settings):
            before = Source.remembered(settings).mode
            if (before == "sample") != (self.mode == "sample"):
                raise SourceError(
                    f"{settings.home}: found figures of source '{before}'; expected a home for "
                    f"'{self.mode}', since the sample and real figures are never mixed. Set "
                    "BORDER_HOME to another folder."
                )
        settings.home.mkdir(parents=True, exist_ok=True)
        stored = {"mode": self.mode, "folder": str(self.folder) if self.folder else None}
        write_whole(path, json.dumps(stored))

    @contextmanager
    def serving(self, settings: Settings, catalog: Mapping[str, Series]) -> Iterator[Settings]:
        """Settings that reach this source: the agencies themselves, or a mirror while it runs.

        Raises SourceError where there is nothing to reach.
        """
        if refusal := self.refusal(settings):
            raise SourceError(refusal)
        settings = replace(settings, source_mode=self.mode)
        if self.mode == "live" or settings.mirror_url:
            yield settings
            return
        folder = self.folder or _sample(settings)
        with Mirror(folder, catalog) as mirror:
            yield replace(settings, mirror_url=mirror.url)


def _sample(settings: Settings) -> Path:
    # numpy, which its model imports, is for nobody else
    from orchestration.mirror.sample import write_sample  # noqa: PLC0415

    return write_sample(settings.sample)


def _mode_of_archive(settings: Settings) -> str | None:
    """The source mode in any sidecar of the archive; None where nothing is archived."""
    for sidecar in settings.archive.glob("*/*.json"):
        mode: str = json.loads(sidecar.read_text(encoding="utf-8"))["source_mode"]
        return mode
    return None
