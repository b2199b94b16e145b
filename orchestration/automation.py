"""Jobs and schedules: what runs together, and when. Nothing here touches a publication."""

from datetime import date

import dagster as dg

from orchestration.partitions import EVERY_MONTH, MONTHS
from orchestration.series.catalog import SERIES
from orchestration.series.series import Agency

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

#: frozen series have no partitions; a job of partitioned and unpartitioned assets is one job
_EVERYTHING = dg.AssetSelection.all()


def every_month() -> dict[str, str]:
    """Run tags of one run that asks for the publications of every month."""
    current = MONTHS.get_partition_keys()[-1]
    return {RANGE_START: current, RANGE_END: current, EVERY_MONTH: "yes"}


def current_and_previous_month() -> dict[str, str]:
    """Run tags of a scheduled tick: the current and the previous publication month."""
    keys = MONTHS.get_partition_keys()
    return {RANGE_START: keys[-2], RANGE_END: keys[-1]}


def _agency(agency: Agency) -> dg.AssetSelection:
    keys = [
        dg.AssetKey([layer, series.name])
        for series in SERIES.values()
        if series.agency == agency
        for layer in ("publications", "raw")
    ]
    of_series = dg.AssetSelection.key_prefixes("publications", "raw")
    return dg.AssetSelection.assets(*keys) | (_EVERYTHING - of_series)


REFRESH = dg.define_asset_job(
    "refresh",
    selection=_EVERYTHING,
    description="Ask every page, archive, load, judge, build and publish what is new.",
    executor_def=dg.in_process_executor,
)
REBUILD = dg.define_asset_job(
    "rebuild",
    selection=_EVERYTHING - dg.AssetSelection.key_prefixes("publications"),
    description="Load, judge, build and publish from the archive; no network.",
    executor_def=dg.in_process_executor,
)
AGENCY_JOBS = {
    agency: dg.define_asset_job(
        f"refresh_{agency.lower()}",
        selection=_agency(agency),
        description=f"Refresh the series of {agency}, and the tables built from them.",
        executor_def=dg.in_process_executor,
    )
    for agency in sorted({series.agency for series in SERIES.values()})
}
JOBS = [REFRESH, REBUILD, *AGENCY_JOBS.values()]

#: Eastern time: the agencies post on working days. CBP posts mid-month, OHSS late in a month.
_CRON = {"CBP": "30 17 10-28 * *", "OHSS": "0 18 * * 1-5", "ICE": "0 19 * * *"}


def _schedule(agency: Agency) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{agency.lower()}_publications",
        job=AGENCY_JOBS[agency],
        cron_schedule=_CRON[agency],
        execution_timezone="America/New_York",
        description=f"{agency}: the current and the previous publication month.",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """One run a tick; it downloads only what changed."""
        day: date = context.scheduled_execution_time.date()
        return dg.RunRequest(run_key=f"{agency}-{day}", tags=current_and_previous_month())

    return tick


SCHEDULES = [_schedule(agency) for agency in AGENCY_JOBS]
