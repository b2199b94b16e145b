"""Jobs and schedules: what runs together, and when. Nothing here touches a publication."""

from datetime import date
from typing import Any

import dagster as dg

from orchestration.mirror.source import Source
from orchestration.partitions import EVERY_MONTH, MONTHS, TICK
from orchestration.series.catalog import SERIES
from orchestration.series.series import Agency
from orchestration.settings import SettingError, Settings
from orchestration.turn import close_dead_runs

#: a line per finished step instead of Dagster's own console log
STAGE_LINES: dict[str, Any] = {"loggers": {"stages": {}}}

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

#: frozen series have no partitions; a job of partitioned and unpartitioned assets is one job
_EVERYTHING = dg.AssetSelection.all()


def every_month() -> dict[str, str]:
    """Run tags of one run that asks for the publications of every month."""
    current = MONTHS.get_partition_keys()[-1]
    return {RANGE_START: current, RANGE_END: current, EVERY_MONTH: "yes"}


def news() -> dict[str, str]:
    """Run tags of a scheduled tick: two publication months, and what is not held of others."""
    current = MONTHS.get_partition_keys()[-1]
    return {RANGE_START: current, RANGE_END: current, TICK: "yes"}


def months_between(first: date, last: date) -> dict[str, str]:
    """Run tags of one run over a range of publication months; ValueError where it is none."""
    keys = MONTHS.get_partition_keys()
    wanted = [key for key in keys if f"{first:%Y-%m}" <= key[:7] <= f"{last:%Y-%m}"]
    if not wanted or wanted[0][:7] != f"{first:%Y-%m}" or wanted[-1][:7] != f"{last:%Y-%m}":
        raise ValueError(
            f"found the months {first:%Y-%m} to {last:%Y-%m}; expected a range within "
            f"{keys[0][:7]} to {keys[-1][:7]}, the first month first."
        )
    return {RANGE_START: wanted[0], RANGE_END: wanted[-1]}


def _agency(agency: Agency) -> dg.AssetSelection:
    """All but the publications of the others: what of theirs is archived is loaded all the same."""
    others = [
        dg.AssetKey(["publications", series.name])
        for series in SERIES.values()
        if series.agency != agency
    ]
    return _EVERYTHING - dg.AssetSelection.assets(*others)


REFRESH = dg.define_asset_job(
    "refresh",
    selection=_EVERYTHING,
    description="Ask every page, archive, load, judge, build and publish what is new.",
)
REBUILD = dg.define_asset_job(
    "rebuild",
    selection=_EVERYTHING - dg.AssetSelection.key_prefixes("publications"),
    description="Load, judge, build and publish from the archive; no network.",
)
AGENCY_JOBS = {
    agency: dg.define_asset_job(
        f"refresh_{agency.lower()}",
        selection=_agency(agency),
        description=f"Refresh the series of {agency}, and the tables built from them.",
    )
    for agency in sorted({series.agency for series in SERIES.values()})
}
JOBS = [REFRESH, REBUILD, *AGENCY_JOBS.values()]

#: Working days are the agencies' own. CBP posts between the 10th and the 28th; OHSS and ICE on any
#: working day (OHSS was seen on the 6th and on the 9th), ICE's silence is watched daily.
_CRON = {"CBP": Settings().cbp_cron, "OHSS": Settings().ohss_cron, "ICE": Settings().ice_cron}


def _schedule(agency: Agency) -> dg.ScheduleDefinition:
    job = AGENCY_JOBS[agency]

    @dg.schedule(
        name=f"{agency.lower()}_publications",
        job=job,
        cron_schedule=_CRON[agency],
        execution_timezone="America/New_York",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{agency}: the current and the previous publication month, and what is new.",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """One run a tick; it downloads only what changed."""
        settings = Settings()
        if refusal := Source.remembered(settings).refusal(settings):
            return dg.SkipReason(refusal)
        close_dead_runs(context.instance, settings)
        queued = dg.RunsFilter(job_name=job.name, statuses=[dg.DagsterRunStatus.QUEUED])
        if waiting := context.instance.get_runs(queued, limit=1):
            return dg.SkipReason(
                f"run {waiting[0].run_id} of {job.name} waits for its turn: when it begins it "
                "takes all that is new by then"
            )
        return dg.RunRequest(tags=news(), run_config=STAGE_LINES)

    return tick


def _schedule_as_set(agency: Agency) -> dg.ScheduleDefinition:
    """The schedule of an agency; SettingError where its cron names no time."""
    try:
        return _schedule(agency)
    except dg.DagsterInvalidDefinitionError:
        raise SettingError(
            f"BORDER_{agency}_CRON: found {_CRON[agency]!r}; expected a time that there is: minute "
            "0-59, hour 0-23, day 1-31, month 1-12, day of the week 0-6 or mon-sun. Unset it or "
            "set it like '0 18 * * 1-5'."
        ) from None


SCHEDULES = [_schedule_as_set(agency) for agency in AGENCY_JOBS]
