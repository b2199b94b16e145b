"""Rules on what CBP publishes: encounter files, Border Patrol history, custody and transfers."""

from dataclasses import replace

from expectations.rule import Rule, Suite
from expectations.suites import figures

#: The largest month ever published nationwide: December 2023, about 371,000 encounters.
_IMPLAUSIBLE = figures.mean_per_month(
    2_000_000,
    "more than five times the largest month ever published (371,000 encounters): counted more "
    "than once, or another unit; the file publishes no total to compare with",
)


def _encounter_profile(series: str) -> tuple[Rule, ...]:
    """Rules on the profile of a series with one table, which has the name of the series."""
    reason = "a file of encounters with none in it holds no figures"
    return (*figures.PROFILE, figures.not_all_zero((series,), reason), _IMPLAUSIBLE)


AOR = Suite(
    "cbp_nationwide_encounters_aor",
    every_table=(
        *figures.ENCOUNTERS,
        *figures.key_rules(
            (
                "component_label",
                "land_border_region_label",
                "area_of_responsibility_label",
                "demographic_label",
                "citizenship_label",
                "title_of_authority_label",
                "encounter_type_label",
            ),
            also=("aor_abbv",),
        ),
    ),
    footings=(),
    profile=_encounter_profile("cbp_nationwide_encounters_aor"),
)
STATE = Suite(
    "cbp_nationwide_encounters_state",
    every_table=(
        *figures.ENCOUNTERS,
        *figures.key_rules(
            (
                "land_border_region_label",
                "state",
                "demographic_label",
                "citizenship_label",
                "title_of_authority_label",
            )
        ),
    ),
    footings=(),
    profile=_encounter_profile("cbp_nationwide_encounters_state"),
)
SOUTHWEST = Suite(
    "cbp_southwest_encounters",
    every_table=(
        *figures.ENCOUNTERS,
        *figures.key_rules(
            (
                "component_label",
                "demographic_label",
                "citizenship_grouping_label",
                "title_of_authority_label",
                "encounter_type_label",
            )
        ),
    ),
    footings=(),
    profile=_encounter_profile("cbp_southwest_encounters"),
)
HISTORY = Suite(
    "cbp_border_patrol_history",
    every_table=(*figures.ENCOUNTERS, *figures.key_rules(("level", "sector_label"))),
    footings=(
        figures.foots(
            "total_does_not_foot",
            "critical",
            0,
            "all 252 months foot in the document; a month that does not was transcribed wrongly",
        ),
    ),
    profile=_encounter_profile("cbp_border_patrol_history"),
)
#: A page is typed by hand: what is wrong with one cell says nothing of the others.
_FRACTION_IS_A_SLIP = replace(
    figures.WHOLE,
    severity="warning",
    reason="a fraction stands for a lost digit group (8.470 for 8,470, Laredo, September 2022); "
    "only a warning, because the page is typed by hand and the other cells are right",
)
CUSTODY = Suite(
    "cbp_custody_transfers",
    every_table=(
        *(rule for rule in figures.COUNTS if rule is not figures.WHOLE),
        _FRACTION_IS_A_SLIP,
        *figures.key_rules(("row_label", "column_label"), nullable=("heading",)),
    ),
    footings=(
        figures.foots(
            "total_does_not_foot",
            "warning",
            0,
            "7 of 110 columns of Title 8 inadmissibles never footed on CBP's own page: its slip, "
            "which does not spoil the other columns",
        ),
    ),
    profile=(
        *figures.PROFILE,
        figures.not_all_zero(
            (
                "title_8_inadmissibles",
                "usbp_processing_dispositions",
                "usbp_transfer_destinations",
            ),
            "people have come to the border in every month: an empty table was not filled in yet",
        ),
    ),
)
