"""Write docs/reliability.md: what goes wrong, what happens then, what a person is told, which test.

The rows are the markers ``fault(what, happens, told)`` of the tests, read without running them.
Tests that prove a fault beside other things have no marker; they are listed here.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
RELIABILITY = Path(__file__).with_name("reliability.md")

HEAD = """\
# What goes wrong, and what happens then

<!-- Written by docs/build_reliability.py: `make docs` writes it again. Do not edit it here. -->

Each row is a test. In every case good data is published, bad data is kept out or asked for again,
nothing that was taken is lost, and a message tells what to do. `make test-fault` runs the tests of
`tests/fault`, the others are part of `make test`.

- Faults are shown by a mirror of the agencies' sites on this machine. To try one by hand:
  `border mirror DIR --fault status-403:*-state.csv`, then
  `BORDER_MIRROR_URL=... border run --source live` in a home that does not hold the sample.
- In these tests whoever asks for another address than the mirror's fails the test before any
  packet leaves.
- A message names the file or URL, what was found, what was expected, and what to do. `border run`
  prints those on an agency's answer as "not reached", those on what stands in a file as
  "quarantined". Both end with exit code 3 where a version stands.
- Quarantined means: archived, not used, its reasons in `meta.vintages` and `meta.vintage_tables`;
  the last good vintage keeps serving.
"""
FOOT = """\
## Not shown by a test

- That a disk keeps what it was told to flush: the tests on power cuts prove the order of calls.
- That no dependency has a known hole: `pip-audit` asks a database on the internet, which could not
  be reached where this was built. Run `pip-audit -r requirements.lock` where it can be.
- A server that says 'not modified' of a file that changed is believed for a month.
- A clock that is ahead of the agencies' by days: it cannot be told from a cache on the way.
- The agencies' own sites: live mode was never run against them.
"""


@dataclass(frozen=True)
class Row:
    """A fault, what happens, what is told, and the test (``file::name``, below tests/)."""

    what: str
    happens: str
    told: str
    test: str


@dataclass(frozen=True)
class Section:
    """Rows under one heading: of files with markers, and tests listed here."""

    heading: str
    files: tuple[str, ...]
    listed: tuple[Row, ...] = ()


SECTIONS = (
    Section(
        "The network and the agencies' servers",
        ("fault/test_the_network_fails.py",),
        (
            Row(
                "DNS failure",
                "tried again, then left for the next run",
                "look whether this machine's network is up",
                "unit/test_acquire_http.py::test_a_host_that_has_no_address_is_an_error_that_names_the_network",
            ),
            Row(
                "a body that unpacks to more than the limit",
                "stopped at the limit",
                "the limit",
                "unit/test_acquire_http.py::test_a_packed_body_is_stopped_at_the_limit_of_what_it_unpacks_to",
            ),
            Row(
                "a link off the list of hosts, to http, to a port, with a password",
                "refused before any connection",
                "where it led, and the hosts that may be asked",
                "unit/test_acquire_http.py::test_a_link_off_the_allow_list_is_refused_before_any_connection",
            ),
            Row(
                "an agency that refuses robots for good",
                "the inbox feeds the tables",
                "the inbox",
                "unit/test_acquire_inbox.py::test_where_an_agency_refuses_robots_the_error_names_the_inbox_and_the_inbox_feeds_the_tables",
            ),
            Row(
                "one agency out of order",
                "the others are taken and published, exit code 3",
                "which page, and its status",
                "integration/test_running_again.py::test_a_series_whose_page_fails_stops_no_other",
            ),
            Row(
                "nothing can be fetched and nothing is held",
                "nothing is published, exit code 1",
                "no accepted table of any vintage",
                "integration/test_running_again.py::test_nothing_fetched_and_nothing_held_publishes_nothing",
            ),
        ),
    ),
    Section("Pages, links, ETags and clocks", ("fault/test_pages_and_servers_lie.py",)),
    Section(
        "What stands in the files",
        ("fault/test_a_publication_is_bad.py", "fault/test_a_whole_run_meets_faults.py"),
        (
            Row(
                "half a file that ends with a line",
                "quarantined",
                "the month that breaks off",
                "unit/test_cbp_encounters.py::test_a_last_month_that_ends_before_the_labels_that_end_all_others_is_cut",
            ),
            Row(
                "a workbook with a password",
                "quarantined",
                "that it may have a password",
                "unit/test_workbook_limits.py::test_a_workbook_with_a_password_is_refused",
            ),
            Row(
                "an entry of a workbook that is longer than it says",
                "quarantined",
                "that its checksum is wrong",
                "unit/test_workbook_limits.py::test_an_entry_that_is_longer_than_it_says_is_refused",
            ),
            Row(
                "a page of HTML with entities from outside",
                "nothing is fetched",
                "",
                "unit/test_cbp_html_page.py::test_external_entities_are_not_followed",
            ),
            Row(
                "any damage to the bytes of a publication (property test)",
                "tables, or an error of ours; no other",
                "file, place, found, expected, remedy",
                "unit/test_properties_readers.py::test_any_damage_to_the_bytes_gives_tables_or_a_publication_error",
            ),
            Row(
                "a reader that fails on one file",
                "that file is quarantined, no other",
                "the line of the reader, and to teach it the file",
                "unit/test_load.py::test_a_file_on_which_the_reader_itself_fails_costs_only_itself",
            ),
            Row(
                "vintages that arrive in another order (property test)",
                "the same figures",
                "",
                "unit/test_properties_vintages.py::test_vintages_in_any_order_and_any_runs_end_in_the_same_figures",
            ),
        ),
    ),
    Section(
        "Full disks and power cuts",
        ("fault/test_the_disk_is_full.py",),
        (
            Row(
                "power cut while a file is archived",
                "bytes are flushed before they have their name, and that before their sidecar; the "
                "test proves the order of the calls and no more",
                "",
                "unit/test_archive.py::test_bytes_are_on_the_disk_before_they_have_their_name",
            ),
        ),
    ),
    Section(
        "Killed runs, two at once, readers",
        (
            "fault/test_a_run_is_killed.py",
            "fault/test_a_loader_is_killed.py",
            "unit/test_turn.py",
            "fault/test_readers_during_swaps.py",
        ),
        (
            Row(
                "SIGKILL of a whole run while it archives, loads, builds",
                "readers keep the version; the next run ends in the tables of an undisturbed one",
                "the UI shows the dead runs as failed",
                "integration/test_new_vintage.py::test_a_run_killed_at_each_stage_ends_in_the_tables_of_an_undisturbed_run",
            ),
            Row(
                "SIGKILL at five places while a version is written, swapped and recorded",
                "the old version or the new one is there, whole; the next run tidies up",
                "",
                "integration/test_readers_during_publish.py::test_a_publish_that_is_killed_leaves_a_whole_version_and_the_next_one_ends_the_same",
            ),
            Row(
                "a run while another program has the warehouse",
                "it begins nothing, exit code 1",
                "which process",
                "unit/test_cli.py::test_two_runs_at_once_are_refused_by_name_of_the_other",
            ),
            Row(
                "a reader that holds the file for long",
                "it keeps the version that it opened",
                "",
                "integration/test_readers_during_publish.py::test_a_held_connection_keeps_its_version_and_a_new_one_sees_the_new",
            ),
            Row(
                "a reader of a version that is removed",
                "it keeps it",
                "",
                "integration/test_readers_during_publish.py::test_a_reader_keeps_its_version_even_when_retention_removes_it",
            ),
        ),
    ),
    Section(
        "A damaged archive, a lost ledger",
        ("fault/test_the_archive_is_damaged.py",),
        (
            Row(
                "the warehouse with the ledger is lost",
                "`border rebuild` makes the same tables from the archive; no page is asked",
                "",
                "integration/test_new_vintage.py::test_a_lost_warehouse_is_rebuilt_from_the_archive_without_a_source",
            ),
        ),
    ),
    Section(
        "Security",
        ("unit/test_security.py", "unit/test_log.py"),
        (
            Row(
                "a query that would read another file, the network or a setting",
                "refused",
                "that only reading of the published tables is allowed",
                "unit/test_query.py::test_a_query_cannot_reach_another_file",
            ),
            Row(
                "a query that would change something",
                "refused",
                "the kind of statement",
                "unit/test_query.py::test_a_statement_that_does_more_than_read_is_refused",
            ),
            Row(
                "a text that a spreadsheet would run as a formula",
                "guarded in CSV, and only there",
                "",
                "unit/test_publish.py::test_a_text_that_a_spreadsheet_would_run_is_guarded_in_csv_and_only_there",
            ),
            Row(
                "a text of a publication with codes for a terminal, in the summary of a run",
                "printed without them",
                "",
                "unit/test_cli.py::test_text_of_a_publication_cannot_write_on_the_terminal",
            ),
            Row(
                "a server's answer with codes for a terminal",
                "logged without them",
                "",
                "unit/test_acquire_http.py::test_what_a_server_says_cannot_write_into_the_log",
            ),
            Row(
                "a name in a manifest that is HTML",
                "text on the mirror's page",
                "",
                "unit/test_mirror_site.py::test_names_from_outside_are_text_on_the_page",
            ),
            Row(
                "a URL of the mirror that leads out of its folder",
                "404",
                "",
                "integration/test_mirror_acquire.py::test_no_url_reaches_a_file_that_is_not_in_the_manifest",
            ),
        ),
    ),
)


def reliability() -> str:
    """The whole document as Markdown."""
    return "\n".join([HEAD, *map(_section, SECTIONS), FOOT])


def marked(path: Path) -> Iterator[Row]:
    """The rows of a file's markers, in order; ValueError for a marker that is not plain text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lists = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for texts in _markers(path, node, lists):
                what, happens, told = (*texts, "")[:3]
                yield Row(what, happens, told, f"{path.relative_to(TESTS)}::{node.name}")


def _markers(
    path: Path, test: ast.FunctionDef, lists: dict[str, ast.expr]
) -> Iterator[tuple[str, ...]]:
    """What a test's decorators say of faults, and the lists of cases that these name."""
    for decorator in test.decorator_list:
        named = [node.id for node in ast.walk(decorator) if isinstance(node, ast.Name)]
        for root in (decorator, *(lists[name] for name in named if name in lists)):
            for call in ast.walk(root):
                if isinstance(call, ast.Call):
                    yield from _texts(path, call)


def _texts(path: Path, call: ast.Call) -> Iterator[tuple[str, ...]]:
    """What a call says of a fault: ``fault(...)`` itself, or a helper with what= and happens=."""
    is_marker = isinstance(call.func, ast.Attribute) and call.func.attr == "fault"
    by_name = {keyword.arg: keyword.value for keyword in call.keywords}
    if not is_marker and "what" not in by_name:
        return
    of_helper = [by_name[name] for name in ("what", "happens", "told") if name in by_name]
    nodes = call.args if is_marker else of_helper
    try:
        yield tuple(str(ast.literal_eval(node)) for node in nodes)
    except ValueError:
        raise ValueError(f"{path}, line {call.lineno}: found code; expected plain texts.") from None


def _section(section: Section) -> str:
    rows = [row for file in section.files for row in marked(TESTS / file)]
    return "\n".join([f"## {section.heading}\n", *_table([*rows, *section.listed]), ""])


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield "| fault | what happens | what you are told | test |"
    yield "|---|---|---|---|"
    for row in rows:
        file, name = row.test.split("::")
        yield (
            f"| {_cell(row.what)} | {_cell(row.happens)} | {_cell(row.told)} "
            f"| [{name}](../tests/{file}) |"
        )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    RELIABILITY.write_text(reliability(), encoding="utf-8")
