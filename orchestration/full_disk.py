"""A full disk, by whatever name it comes (Python, DuckDB, SQLite, dbt), and what to do about it."""

import re

_FULL = re.compile(
    r"No space left on device|disk is full|disk I/O error|Disk quota exceeded", re.IGNORECASE
)
REMEDY = (
    "The disk of BORDER_HOME is full, or fails. Free some space (BORDER_KEEP_VERSIONS says how "
    "many versions are kept) and run again: nothing half written is ever read, readers keep the "
    "last version, and the next run does what is missing."
)


def is_full_disk(message: object) -> bool:
    """Whether an error, or its message, says that there is no room."""
    return bool(_FULL.search(str(message)))
