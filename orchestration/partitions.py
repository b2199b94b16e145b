"""Monthly partitions by publication month, and the months that a run is about."""

from datetime import date

import dagster as dg

#: the month of the oldest publication that the held series can have
FIRST_MONTH = "2018-10-01"

#: end_offset=1: the current month exists as a partition before it is over
MONTHS = dg.MonthlyPartitionsDefinition(start_date=FIRST_MONTH, end_offset=1)


def months_of(context: dg.AssetExecutionContext) -> set[date] | None:
    """Publication months of this run; None for an unpartitioned asset or for all of history."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    keys = context.partition_keys
    if len(keys) == len(MONTHS.get_partition_keys()):
        return None
    return {date.fromisoformat(key) for key in keys}
