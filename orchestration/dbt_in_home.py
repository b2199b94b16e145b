"""dbt as the pipeline calls it: run in $BORDER_HOME, so that the profile's paths are relative.

dbt reads its project anew wherever the paths of its profile are not those of its last parse. With
relative ones the parse that was made once serves every home (4 seconds saved in a new one).
"""

import os
from pathlib import Path

from orchestration.big_imports import imports_that_stay

with imports_that_stay():
    from dbt.cli.main import cli


def main() -> None:
    """dbt's own command line on the project of the working directory, in the home."""
    os.environ.setdefault("DBT_PROJECT_DIR", str(Path.cwd()))
    os.chdir(os.environ.pop("BORDER_HOME"))
    cli()
