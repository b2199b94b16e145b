"""Lay out $BORDER_HOME: the Dagster instance that lives there, with telemetry off."""

import os
import shutil

from orchestration.settings import PROJECT_ROOT, Settings

INSTANCE_CONFIG = PROJECT_ROOT / "orchestration" / "dagster.yaml"


def prepare_home(settings: Settings) -> None:
    """Create the home and its Dagster instance configuration; point this process at them."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    target = settings.dagster_home / "dagster.yaml"
    if not target.is_file() or target.read_bytes() != INSTANCE_CONFIG.read_bytes():
        shutil.copyfile(INSTANCE_CONFIG, target)
    os.environ["BORDER_HOME"] = str(settings.home)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
