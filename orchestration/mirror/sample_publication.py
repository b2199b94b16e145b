"""One publication of the bundled sample, and the workbook writer that all of them share.

What the publications hold is in ``sample_cbp``, ``sample_ice`` and ``sample_ohss``.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from xlsxwriter import Workbook

OBTAINED_FROM = "written by border-warehouse from published monthly totals"


@dataclass(frozen=True)
class SamplePublication:
    """The bytes of one vintage, and its row of the manifest.

    ``captured_at`` is a date or a month (``2022-08``); ``folder`` is relative to the sample.
    """

    agency: str
    series: str
    folder: str
    published_name: str
    published_url: str
    captured_at: str
    content: bytes

    @property
    def path(self) -> str:
        """Where it lies in the sample: several vintages may share one published name."""
        return str(PurePosixPath(self.folder) / f"{self.captured_at}__{self.published_name}")


def new_workbook(written_on: str) -> tuple[Workbook, io.BytesIO]:
    """A workbook in memory that says when it was written; same calls, same bytes."""
    content = io.BytesIO()
    workbook = Workbook(content, {"in_memory": True})
    workbook.set_properties(
        {"created": datetime.fromisoformat(written_on), "comments": f"Sample: {OBTAINED_FROM}"}
    )
    return workbook, content
