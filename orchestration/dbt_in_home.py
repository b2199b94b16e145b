"""dbt as the pipeline calls it: run in $BORDER_HOME, so that the profile's paths are relative.

dbt reads its project anew wherever the paths of its profile are not those of its last parse. With
relative ones the parse that was made once serves every home (4 seconds saved in a new one).
"""

import json
import os
from pathlib import Path
from typing import IO, Any

from orchestration.big_imports import imports_that_stay

with imports_that_stay():
    from dbt.cli.main import cli
    from dbt_common.events.base_types import EventLevel, EventMsg
    from dbt_common.events.logger import _Logger


def main() -> None:
    """dbt's own command line on the project of the working directory, in the home."""
    os.environ.setdefault("DBT_PROJECT_DIR", str(Path.cwd()))
    os.chdir(os.environ.pop("BORDER_HOME"))
    _be_quick()
    cli()


def _be_quick() -> None:
    """Two things that dbt does slowly, done quicker in this process: one second of a build."""
    write_line = _Logger.write_line

    def write_line_if_wanted(logger: _Logger, message: EventMsg) -> None:
        """dbt puts its debug messages into words, also where the level of the log drops them."""
        if message.info.level != EventLevel.DEBUG or logger.level == EventLevel.DEBUG:
            write_line(logger, message)

    _Logger.write_line = write_line_if_wanted  # type: ignore[method-assign, assignment]
    json.dump = _dump_at_once  # type: ignore[assignment]


def _dump_at_once(value: object, file: IO[str], **how: Any) -> None:  # noqa: ANN401
    """As json.dump, which goes bit by bit through Python: the manifest has 6 MB."""
    file.write(json.dumps(value, **how))
