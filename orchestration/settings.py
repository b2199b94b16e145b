"""Every path and switch of the project, from BORDER_* environment variables.

Two other places read the environment: terminal.py the width (COLUMNS), and dbt_in_home.py, a
process of its own, the home that it was started for.
"""

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

PROJECT_ROOT = Path(__file__).parents[1]
CONTACT_DEFAULT = "no contact configured; set BORDER_CONTACT"


class SettingError(ValueError):
    """A variable whose text cannot be the setting; the message says what to do."""


def _home() -> Path:
    return Path(os.environ.get("BORDER_HOME", "var")).absolute()


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise SettingError(
            f"{name}: found {text!r}; expected a number of 0 or more. Unset it or set a number."
        )
    return number


def _cron(name: str, default: str) -> str:
    text = os.environ.get(name, "").strip() or default
    if len(text.split()) != 5:
        raise SettingError(
            f"{name}: found {text!r}; expected five fields: minute, hour, day of the month, month, "
            f"day of the week. Unset it or set it like {default!r}."
        )
    return text


@dataclass(frozen=True)
class Settings:
    """Paths below BORDER_HOME, and the manners of the downloader."""

    home: Path = field(default_factory=_home)
    contact: str = field(default_factory=lambda: os.environ.get("BORDER_CONTACT", CONTACT_DEFAULT))
    #: base URL of a mirror (http://127.0.0.1:port); empty = the agencies themselves
    mirror_url: str = field(default_factory=lambda: os.environ.get("BORDER_MIRROR_URL", ""))
    #: 'live', 'folder' or 'sample': set by the source that a run takes from, see mirror/source.py
    source_mode: str = "live"
    #: seconds between two requests to one agency (none to a mirror)
    politeness_seconds: float = field(
        default_factory=lambda: _number("BORDER_POLITENESS_SECONDS", 5.0)
    )
    connect_timeout: float = field(default_factory=lambda: _number("BORDER_CONNECT_TIMEOUT", 10.0))
    read_timeout: float = field(default_factory=lambda: _number("BORDER_READ_TIMEOUT", 60.0))
    retries: int = field(default_factory=lambda: int(_number("BORDER_RETRIES", 4)))
    keep_versions: int = field(default_factory=lambda: int(_number("BORDER_KEEP_VERSIONS", 24)))
    #: who is told of alerts: URLs as apprise writes them, separated by spaces. Never shown: secret
    alert_urls: str = field(
        default_factory=lambda: os.environ.get("BORDER_ALERT_URL", "").strip(), repr=False
    )
    #: when a schedule looks at an agency's pages: five fields of cron, US Eastern time
    cbp_cron: str = field(default_factory=lambda: _cron("BORDER_CBP_CRON", "30 17 10-28 * *"))
    ohss_cron: str = field(default_factory=lambda: _cron("BORDER_OHSS_CRON", "0 18 * * 1-5"))
    ice_cron: str = field(default_factory=lambda: _cron("BORDER_ICE_CRON", "0 19 * * *"))

    @property
    def archive(self) -> Path:
        """Vintages under their sha256, with sidecars; nothing here is changed or deleted."""
        return self.home / "archive"

    @property
    def inbox(self) -> Path:
        """Files that a person downloaded by hand, one folder per series."""
        return self.home / "inbox"

    @property
    def warehouse(self) -> Path:
        """The private DuckDB file: raw, staging, intermediate, ledger."""
        return self.home / "warehouse.duckdb"

    @property
    def build(self) -> Path:
        """The private DuckDB file that dbt builds marts and meta into."""
        return self.home / "build.duckdb"

    @property
    def published(self) -> Path:
        """Published versions, and the stable ``border.duckdb``."""
        return self.home / "published"

    @property
    def alerts(self) -> Path:
        """What each receiver of alerts was told."""
        return self.home / "alerts.json"

    @property
    def logs(self) -> Path:
        """What runs said: the log of events, and what dbt printed."""
        return self.home / "logs"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance: run and event storage."""
        return self.home / "dagster"

    @property
    def sample(self) -> Path:
        """The sample publications that the project writes itself."""
        return self.home / "sample"
