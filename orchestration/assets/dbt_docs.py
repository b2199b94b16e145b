"""dbt's own documentation of the project as one page: every model, its columns, tests and lineage.

Made from the parsed project alone (3 seconds): no warehouse is opened and no run is in its way.
"""

import shutil
import tempfile
from pathlib import Path

from orchestration.assets.manifest import DBT_PROJECT, prepare_manifest, run_dbt
from orchestration.settings import PROJECT_ROOT


def dbt_docs() -> str:
    """The page, without the paths of this machine; RuntimeError with dbt's words if it cannot."""
    manifest = prepare_manifest()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        for parsed in (manifest, manifest.with_name("partial_parse.msgpack")):
            shutil.copyfile(parsed, target / parsed.name)
        # what a table holds is in the page's own catalog: dbt's would be asked of the warehouse
        asked = ("docs", "generate", "--static", "--no-compile", "--empty-catalog")
        run = run_dbt(*asked, target=target)
        if run.returncode:
            raise RuntimeError(
                f"{DBT_PROJECT}: dbt could not write its documentation; expected one page. Correct "
                f"what dbt names, and start again.\n{run.stdout}{run.stderr}"
            )
        page = (target / "static_index.html").read_text(encoding="utf-8")
    return page.replace(str(PROJECT_ROOT), "")
