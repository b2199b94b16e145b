"""What the CBP series share: the host, the notice, the pace of posting.

How the files of one series are found and read stands in that series' own module.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.series.series import FOOTING_COLUMNS

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = when_used("pandas")

SITE = "https://www.cbp.gov"
HOSTS = frozenset({"www.cbp.gov"})
NOTICE = "This product uses U.S. Customs and Border Protection data, but is not endorsed by CBP."
#: figures of a month are posted about the middle of the next one, later after a fiscal year
USUAL_LAG_DAYS = 45
LATE_AFTER_DAYS = 60


def no_footings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """No footings: a file of encounters publishes no totals."""
    return pd.DataFrame(columns=FOOTING_COLUMNS)


def no_month_in_path(path: str) -> date | None:
    """None: no folder and no name in the address tells when it was posted."""
    return None
