"""Dagster assets. They call the floors below; nothing is computed here."""

import warnings

import dagster as dg

# BackfillPolicy.single_run is marked beta by Dagster; one backfill is one run here because of it.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
