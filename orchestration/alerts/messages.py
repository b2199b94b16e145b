"""What a receiver has not been told yet, in words: at most one message of each kind.

Plain text. Whatever comes from a publication or an error passes `without_markup`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from orchestration.alerts.standing import FailedRun, Refusal, Silence, Standing
from orchestration.alerts.told import KINDS, Kind, Told
from orchestration.read.hostile_text import without_markup
from orchestration.series.catalog import SERIES
from orchestration.settings import Settings
from orchestration.site.latest import BORDER, DETENTION, Change, LatestFigure, latest_figure
from orchestration.site.rows import month_name, number, short_month, signed
from orchestration.warehouse import difference_words as words
from orchestration.warehouse.difference import Difference, DifferenceError, compare_versions
from orchestration.warehouse.package import BANNERS
from orchestration.warehouse.query import open_published
from orchestration.warehouse.unexplained import Unexplained
from orchestration.warehouse.versions import is_older

Thing = TypeVar("Thing")

#: things that a message names, changes of a version that it names, and letters of a line on one
LISTED = 10
LARGEST = 5
LETTERS = 300
REASON_LETTERS = 500
#: the sign of a number in a line that is written for a terminal: "100 -> 24 (-76, -76.0 %)"
_MINUS = re.compile(r"(?<=[( ])-(?=\d)")


@dataclass(frozen=True)
class Text:
    """What a receiver reads."""

    title: str
    body: str


@dataclass(frozen=True)
class Message:
    """``keys``: all of this kind that the receiver knows once it has the message."""

    kind: Kind
    text: Text
    keys: frozenset[str]


def due(settings: Settings, standing: Standing, known: Told) -> Iterator[Message]:
    """The messages for a receiver that knows this; see ``told_at_first`` for a new one."""
    for kind, keys in _present(standing, known).items():
        new = keys - known.get(kind, frozenset())
        if new:
            title, lines = _WRITERS[kind](settings, standing, new, known)
            yield Message(kind, as_text(standing.source_mode, title, lines), keys)


def as_text(source_mode: str, title: str, lines: Sequence[str]) -> Text:
    """The text of a message; of a sample it says so twice."""
    if source_mode == "sample":
        title, lines = f"SAMPLE: {title}", [BANNERS["sample"], "", *lines]
    return Text(f"border: {title}", "\n".join(lines))


def told_at_first(standing: Standing) -> Told:
    """What counts as told to a new receiver: it hears how things stand, not what is mended."""
    return {"failed run": frozenset(run.run_id for run in standing.failed_runs if not run.stands)}


def still_told(standing: Standing, told: Told) -> Told:
    """What was told, without what is over: that is told again should it come again."""
    present = _present(standing, told)
    return {
        kind: keys if kind == "version" else keys & present.get(kind, keys)
        for kind, keys in ((kind, told.get(kind, frozenset())) for kind in KINDS)
    }


def _present(standing: Standing, known: Told) -> dict[Kind, frozenset[str]]:
    """Keys of what there is now, by kind.

    Of runs only, where nothing is published, or readers were taken back to a version older than
    the one that was told: what is in quarantine since is not over.
    """
    present: dict[Kind, frozenset[str]] = {
        "failed run": frozenset(run.run_id for run in standing.failed_runs)
    }
    if standing.version is None:
        return present
    version = standing.version.version
    if any(is_older(version, than=one) for one in known.get("version", ())):
        return present
    return present | {
        "quarantine": frozenset(one.key for one in standing.refusals),
        "unexplained": frozenset(one.key for one in standing.unexplained),
        "late": frozenset(one.key for one in standing.silences),
        "version": frozenset({version}),
    }


# --- a run failed ------------------------------------------------------------------------------


def _failed_runs(
    settings: Settings, standing: Standing, new: frozenset[str], _: Told
) -> tuple[str, list[str]]:
    runs = [run for run in standing.failed_runs if run.run_id in new]
    return _counted(len(runs), "run failed", "runs failed"), [
        *_listed(runs, _run_line),
        "",
        "Readers keep the last published version. Nothing half done is ever read.",
        "What to do: mend what the message names, then type `border run`; it does what is missing. "
        "The trace of each step stands in `border ui` (Runs), what dbt said in "
        f"{settings.home / 'logs' / 'run.log'}.",
    ]


def _run_line(run: FailedRun) -> str:
    where = f"{run.job}, run {run.run_id}, {run.ended_at:%Y-%m-%d %H:%M} UTC, {run.stage}"
    return f"{without_markup(where)}: {without_markup(run.message, REASON_LETTERS)}"


# --- quarantined -------------------------------------------------------------------------------


def _quarantined(
    settings: Settings, standing: Standing, new: frozenset[str], _: Told
) -> tuple[str, list[str]]:
    refusals = [one for one in standing.refusals if one.key in new]
    whole = sum(one.table_name is None for one in refusals)
    counts = [
        *([_counted(whole, "publication", "publications")] if whole else []),
        *([_counted(len(refusals) - whole, "table", "tables")] if whole < len(refusals) else []),
    ]
    return f"{' and '.join(counts)} quarantined", [
        *_listed(refusals, _refusal_line),
        "",
        "None of it reaches a figure. The last good publication keeps serving.",
        "What to do: open the publication. If the agency's layout or labels changed, the reader or "
        "the rule must learn it; if the file is bad, nothing: the next one is judged anew.",
        "Where to look:",
        "border query \"from meta.vintages where status = 'quarantined'\"",
        "border query \"from meta.vintage_tables where status = 'quarantined'\"",
        'border query "select series, table_name, rule, reason, sample from meta.checks '
        "where not passed and severity = 'critical'\"",
        f"the page: {_page(settings, standing, 'refused')}",
    ]


def _refusal_line(one: Refusal) -> str:
    what = f"table {one.table_name} of {one.published_name}" if one.table_name else (
        one.published_name
    )  # fmt: skip
    letters = REASON_LETTERS // max(1, len(one.reasons))
    reasons = " | ".join(without_markup(reason, letters) for reason in one.reasons)
    places = f" Rows: {without_markup(', '.join(one.places))}." if one.places else ""
    return f"{one.series}, {without_markup(what)}: {reasons or 'no reason recorded'}{places}"


# --- unexplained -------------------------------------------------------------------------------


def _unexplained(
    settings: Settings, standing: Standing, new: frozenset[str], _: Told
) -> tuple[str, list[str]]:
    rows = [one for one in standing.unexplained if one.key in new]
    return _counted(len(rows), "published total unexplained", "published totals unexplained"), [
        "Somebody published these totals. Ours differ, and no rule says why.",
        "",
        *_listed(rows, _unexplained_line),
        "",
        "The version stands published; its pages say so too. Quote no figure of these tables "
        "before it is understood.",
        "What to do: hold both publications beside each other. Either a reader or a model of ours "
        "is wrong, or the agency erred: then write a correction (seeds/corrections.csv).",
        "Where to look:",
        "border query \"from marts.reconciliation where status = 'unexplained'\"",
        f"the page: {_page(settings, standing, 'unexplained')}",
    ]


def _unexplained_line(one: Unexplained) -> str:
    ours = [
        f"{_amount(value)} {when}"
        for value, when in ((one.ours_as_of_then, "then"), (one.ours_now, "now"))
        if value is not None
    ]
    return without_markup(
        f"{one.measure}, {one.scope}, {one.period}: published {_amount(one.published)} "
        f"({one.published_source}), ours {', '.join(ours) or 'none'} (marts.{one.our_table}), "
        f"difference {'unknown' if one.difference is None else signed(one.difference)}",
        LETTERS,
    )


def _amount(value: float | None) -> str:
    return "none" if value is None else number(value)


# --- late --------------------------------------------------------------------------------------


def _late(
    _: Settings, standing: Standing, new: frozenset[str], _known: Told
) -> tuple[str, list[str]]:
    silences = [one for one in standing.silences if one.key in new]
    title = (
        f"{silences[0].status.series}: {silences[0].status.state}"
        if len(silences) == 1
        else f"{len(silences)} series late"
    )
    return title, [
        *_listed(silences, _silence_line),
        "",
        "This is said once for each silence; `border status` says it every day. An agency that is "
        "silent is no failure of a run.",
        "What to do: open the page in a browser. If something newer is there, the page or its "
        "links changed, or the site refuses robots: put the file into inbox/SERIES/ of the home "
        "and type `border run --source live`. If nothing newer is there, nothing.",
    ]


def _silence_line(one: Silence) -> str:
    status = one.status
    series = SERIES[status.series]
    state = status.state if status.state.endswith("?") else f"{status.state}."
    return (
        f"{status.series}: {state} Nothing new for {status.age_days:,} days (usual: up to "
        f"{series.late_after_days}). Newest: {without_markup(status.last_vintage or '-')}, known "
        f"{one.known_on}, covers to {status.coverage_end or '-'}. Page: "
        + (", ".join(series.landing_pages) or "none")
    )


# --- a new version -----------------------------------------------------------------------------


def _version(
    settings: Settings, standing: Standing, new: frozenset[str], known: Told
) -> tuple[str, list[str]]:
    (version,) = new
    before = next(iter(known.get("version", ())), None)
    with open_published(settings) as connection:
        latest = [latest_figure(connection, measure) for measure in (*BORDER, *DETENTION)]
    title = f"version {version} published" if before else f"version {version} stands published"
    return title, [
        "Newest whole months (border figures: southwest):",
        *(f"- {without_markup(line, LETTERS)}" for line in map(_figure_line, latest) if line),
        *([] if before is None else ["", *_changes(settings, before, version)]),
        "",
        "Where to look:",
        *([f"border diff {before} {version}"] if before else []),
        f"notes: {settings.published / version / 'release_notes.md'}",
        f"the page: {settings.published / version / 'site' / 'index.html'}",
    ]


def _figure_line(figure: LatestFigure) -> str | None:
    """As the front page has it: the figure, and its changes on month and year."""
    if figure.month is None:
        return None
    rounded = "about " if figure.is_rounded else ""
    changes = [_change(one) for one in (figure.on_month, figure.on_year) if one is not None]
    return (
        f"{figure.measure.title}, {month_name(figure.month)}: {rounded}{number(figure.value)} "
        f"{figure.measure.unit}; {'; '.join(changes)}"
    )


def _change(one: Change) -> str:
    month = short_month(one.month)
    if one.value is None:
        return f"no figure of {month}"
    if one.value == 0:
        return f"no change on {month}"
    share = "" if one.percent is None else f" ({one.percent:+,.1f} %)".replace("-", "−")
    other = "" if one.is_comparable else ", from another source or definition"
    return f"{signed(one.value)}{share} on {month}{other}"


def _changes(settings: Settings, before: str, version: str) -> list[str]:
    try:
        found = compare_versions(settings, before, version, LARGEST)
    except DifferenceError as error:
        return [f"Not compared with version {before}: {without_markup(str(error), LETTERS)}"]
    return [
        f"Revised by the agencies since version {before}:",
        *_listed(_revised(found), without_markup),
        "New publications:",
        *_listed([words.vintage_line(one) for one in found.vintages_new], without_markup),
    ]


def _revised(found: Difference) -> list[str]:
    counts = [
        f"{one.series}, {one.table_name}: {one.count:,} figures {one.kind}, net {signed(one.net)}"
        for one in found.revisions.counts[:LARGEST]
    ]
    largest = map(words.revision_line, found.revisions.largest[:LARGEST])
    return [*counts, *(f"largest: {_MINUS.sub('−', line).replace('->', '→')}" for line in largest)]


_Writer = Callable[[Settings, Standing, frozenset[str], Told], tuple[str, list[str]]]
_WRITERS: dict[Kind, _Writer] = {
    "failed run": _failed_runs,
    "quarantine": _quarantined,
    "unexplained": _unexplained,
    "late": _late,
    "version": _version,
}


# --- words for all of them ---------------------------------------------------------------------


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _listed(things: Sequence[Thing], line: Callable[[Thing], str]) -> list[str]:
    """A line for each of the first things, and how many more there are."""
    more = len(things) - LISTED
    return [
        *(f"- {line(thing)}" for thing in things[:LISTED]),
        *([f"- and {more:,} more"] if more > 0 else []),
    ] or ["- nothing"]


def _page(settings: Settings, standing: Standing, section: str) -> str:
    assert standing.version is not None
    page = settings.published / standing.version.version / "site" / "quality.html"
    return f"{page} (#{section})"
