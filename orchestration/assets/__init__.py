"""Dagster assets. They call the floors below; nothing is computed here."""

import warnings
from datetime import timedelta

import dagster as dg

from orchestration.series.series import Series

# BackfillPolicy.single_run and FreshnessPolicy are marked beta or preview by Dagster; both are
# wanted here: one backfill is one run, and a silent pipeline shows in the UI.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

#: who answers for every asset, as the UI shows it: mail addresses, or teams as `team:<name>`
OWNERS = ["team:warehouse"]


def speaks_for_run(context: dg.AssetExecutionContext, key: dg.AssetKey) -> bool:
    """Whether ``key`` is the one of its kind in this run that tells what is no series' own."""
    in_run = context.job_def.asset_layer.executable_asset_keys
    return key == min(it for it in in_run if it.path[0] == key.path[0])


def freshness_policy(series: Series) -> dg.FreshnessPolicy | None:
    """A series that no run has looked at for so long is overdue; a frozen one never is.

    Whether the agency itself is late stands in `border status`: a run that finds nothing new is a
    run all the same.
    """
    if series.frozen:
        return None
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(days=series.late_after_days))
