"""Lay out $BORDER_HOME: the Dagster instance that lives there, with telemetry off."""

import json
import os

from orchestration.settings import PROJECT_ROOT, Settings

INSTANCE_CONFIG = PROJECT_ROOT / "orchestration" / "dagster.yaml"


def prepare_home(settings: Settings) -> None:
    """Create the home and its Dagster instance configuration; point this process at them."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    target = settings.dagster_home / "dagster.yaml"
    lies_here = json.dumps(str(settings.dagster_home))[1:-1]  # as between quotes of YAML
    config = INSTANCE_CONFIG.read_text(encoding="utf-8").replace("@DAGSTER_HOME@", lies_here)
    if not target.is_file() or target.read_text(encoding="utf-8") != config:
        target.write_text(config, encoding="utf-8")
    os.environ["BORDER_HOME"] = str(settings.home)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
