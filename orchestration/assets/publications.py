"""Assets `publications/<series>`: what the agency's pages hold, archived byte for byte."""

from datetime import date

import dagster as dg

from orchestration.acquire.acquire import AcquireResult, acquire
from orchestration.acquire.archive import Archive
from orchestration.acquire.inbox import take_inbox
from orchestration.mirror.source import Source
from orchestration.partitions import MONTHS, months_of, report_other_months
from orchestration.progress import download_bars
from orchestration.series.catalog import SERIES
from orchestration.series.series import Series
from orchestration.settings import Settings

ACQUIRED = "every_link_was_acquired"


def _result(series: Series, found: AcquireResult) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={
            "found": found.found,
            "new": len(found.new),
            "new_vintages": dg.MetadataValue.json(list(found.new)),
            "unchanged": found.unchanged,
            "seen": found.seen,
            "errors": dg.MetadataValue.json(list(found.errors)),
            "landing_page": dg.MetadataValue.url(series.landing_pages[0]),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=ACQUIRED,
                passed=not found.errors,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"errors": dg.MetadataValue.json(list(found.errors))},
            )
        ],
    )


def publications_asset(series: Series) -> dg.AssetsDefinition:
    """The asset that archives what the landing pages of one series link to."""
    key = dg.AssetKey(["publications", series.name])

    @dg.asset(
        key=key,
        group_name=series.agency.lower(),
        description=f"{series.title}: every vintage ever seen, archived under its sha256.",
        kinds={series.kind, "http"},
        owners=["team:warehouse"],
        partitions_def=None if series.frozen else MONTHS,
        backfill_policy=None if series.frozen else dg.BackfillPolicy.single_run(),
        check_specs=[
            dg.AssetCheckSpec(
                ACQUIRED, asset=key, description="No link or page of the series failed."
            )
        ],
        metadata={"cadence_days": series.late_after_days, "notice": series.notice},
    )
    def publications(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Take the inbox, then ask for every link on the landing pages."""
        settings = Settings()
        archive = Archive(settings.archive)
        months: set[date] | None = months_of(context)
        with Source.remembered(settings).serving(settings, SERIES) as reached:
            taken = take_inbox(series, reached, archive)
            with download_bars(series.name) as progress:
                found = acquire(series, reached, archive, months, progress)
        for error in (*taken.errors, *found.errors):
            context.log.warning(error)
        result = found.merged(taken)
        new = [
            it.publication_month for it in archive.vintages(series) if it.vintage_id in result.new
        ]
        report_other_months(context, key, new)
        return _result(series, result)

    return publications


PUBLICATIONS = [publications_asset(series) for series in SERIES.values()]
