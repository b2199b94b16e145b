"""The sensor of the daemon that sends alerts. What is due is decided in orchestration/alerts."""

import dagster as dg

from orchestration.alerts.send import NOBODY, send_due
from orchestration.failed_runs import failed_runs
from orchestration.settings import Settings

SECONDS_BETWEEN = 60


@dg.sensor(
    minimum_interval_seconds=SECONDS_BETWEEN,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the receivers of BORDER_ALERT_URL what they have not been told: a new "
    "version, quarantines, unexplained totals, late series, failed runs. It starts no run.",
)
def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Send what is due; a receiver that cannot be reached is a reason to skip, not a failure."""
    settings = Settings()
    if not settings.alert_urls:
        return dg.SkipReason(NOBODY)
    return dg.SkipReason(send_due(settings, failed_runs(context.instance)).in_words())
