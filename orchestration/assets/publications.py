"""Assets `publications/<series>`: what the agency's pages hold, archived byte for byte."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
from structlog.contextvars import bound_contextvars

from orchestration.acquire.acquire import AcquireResult, acquire
from orchestration.acquire.archive import Archive, Sidecar
from orchestration.acquire.inbox import strays, take_inbox
from orchestration.assets import OWNERS, freshness_policy, speaks_for_run
from orchestration.log import events
from orchestration.mirror.source import Source, SourceError
from orchestration.partitions import MONTHS, TICK, months_of, report_other_months
from orchestration.progress import download_bars
from orchestration.series.catalog import SERIES
from orchestration.series.series import Series
from orchestration.settings import Settings

ACQUIRED = "every_link_was_acquired"


def _held(held: Sequence[Sidecar]) -> Iterator[tuple[str, Any]]:
    """What the archive holds of a series: how many vintages, and the newest of them."""
    yield "vintages_held", len(held)
    if held:
        newest = max(held, key=lambda it: (it.captured_at or _LONG_AGO, it.fetched_at))
        yield "newest_vintage", newest.published_name
        if newest.captured_at:
            yield "newest_captured", dg.MetadataValue.timestamp(newest.captured_at)
        if newest.published_url:
            yield "newest_url", dg.MetadataValue.url(newest.published_url)


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _result(
    found: AcquireResult, held: Sequence[Sidecar], seconds: float, strays: Sequence[str]
) -> dg.MaterializeResult:
    """``strays`` are told with the errors, but are no failure of the series."""
    new = [it for it in held if it.vintage_id in found.new]
    return dg.MaterializeResult(
        metadata={
            "found": found.found,
            "new": len(new),
            "new_vintages": dg.MetadataValue.json(
                [{"vintage_id": it.vintage_id, "name": it.published_name} for it in new]
            ),
            "bytes": sum(it.bytes for it in new),
            "seconds": seconds,
            "unchanged": found.unchanged,
            "seen": found.seen,
            "errors": dg.MetadataValue.json([*found.errors, *strays]),
            **dict(_held(held)),
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


def _definition_metadata(series: Series) -> dict[str, Any]:
    pages = {
        f"landing_page_{number}" if number > 1 else "landing_page": dg.MetadataValue.url(page)
        for number, page in enumerate(series.landing_pages, start=1)
    }
    cadence = {} if series.frozen else {"late_after_days": series.late_after_days}
    notice = {"notice": series.notice} if series.notice else {}
    return pages | cadence | notice


def publications_asset(series: Series) -> dg.AssetsDefinition:
    """The asset that archives what the landing pages of one series link to."""
    key = dg.AssetKey(["publications", series.name])

    @dg.asset(
        key=key,
        group_name=series.agency.lower(),
        description=f"{series.title}: every vintage ever seen, archived under its sha256.",
        kinds={series.kind, "http"},
        owners=OWNERS,
        required_resource_keys={"warehouse_turn", "loader"},
        partitions_def=None if series.frozen else MONTHS,
        backfill_policy=None if series.frozen else dg.BackfillPolicy.single_run(),
        check_specs=[
            dg.AssetCheckSpec(
                ACQUIRED, asset=key, description="No link or page of the series failed."
            )
        ],
        freshness_policy=freshness_policy(series),
        metadata=_definition_metadata(series),
    )
    def publications(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Take the inbox, then ask for every link on the landing pages."""
        settings, began = Settings(), time.monotonic()
        archive = Archive(settings.archive)
        months: set[date] | None = months_of(context)
        try:
            with (
                bound_contextvars(run_id=context.run_id, series=series.name),
                Source.remembered(settings).serving(settings, SERIES) as reached,
            ):
                taken = take_inbox(series, reached, archive)
                with download_bars(series.name) as progress:
                    found = acquire(
                        series,
                        reached,
                        archive,
                        months,
                        progress,
                        unseen_too=TICK in context.run.tags,
                    )
        except SourceError as problem:
            raise dg.Failure(str(problem)) from None
        stray = strays(settings, SERIES) if speaks_for_run(context, key) else []
        for line in stray:
            events(settings).warning("publication refused", error=line)
        for error in (*taken.errors, *found.errors, *stray):
            context.log.warning(error)
        result = found.merged(taken)
        if result.new:
            context.resources.loader.get_ready()
        held = archive.vintages(series)
        new = [it.publication_month for it in held if it.vintage_id in result.new]
        report_other_months(context, key, new)
        return _result(result, held, time.monotonic() - began, stray)

    return publications


PUBLICATIONS = [publications_asset(series) for series in SERIES.values()]
