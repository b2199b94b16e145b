"""Monthly partitions by publication month, and the months that a run is about."""

from collections.abc import Iterable
from datetime import date, timedelta

import dagster as dg

#: the month of the oldest publication that the held series can have
FIRST_MONTH = "2018-10-01"

#: end_offset=1: the current month exists as a partition before it is over
MONTHS = dg.MonthlyPartitionsDefinition(start_date=FIRST_MONTH, end_offset=1)

#: Run tag: ask for the publications of every month, in a run of the current month's partition.
#: Each partition of a range costs some 90 events in the event log (88 assets are planned for each
#: month), so a range over all of history writes some 9,000 that say nothing (docs/decisions, 8).
EVERY_MONTH = "border/every_month"
#: Run tag of a schedule's tick: ask for the month before the run's own, too (one partition, not
#: two, as above), and for what is not held, whatever its month: names can be wrong about it, and
#: the daemon may have been off for longer.
TICK = "border/tick"


def months_of(context: dg.AssetExecutionContext) -> set[date] | None:
    """Publication months of this run; None for an unpartitioned asset or for every month."""
    if context.run.tags.get(EVERY_MONTH) or not context.has_partition_key_range:
        return None
    months = {date.fromisoformat(key) for key in context.partition_keys}
    if context.run.tags.get(TICK):
        months.add((min(months) - timedelta(days=1)).replace(day=1))
    return months


def report_other_months(
    context: dg.AssetExecutionContext, key: dg.AssetKey, new: Iterable[date | None]
) -> None:
    """Mark the months of new publications as materialised, where the run is of other months."""
    if not context.has_partition_key_range:
        return
    mine = set(context.partition_keys)
    known = set(MONTHS.get_partition_keys())
    for month in sorted({month.isoformat() for month in new if month} & known - mine):
        context.log_event(dg.AssetMaterialization(asset_key=key, partition=month))
