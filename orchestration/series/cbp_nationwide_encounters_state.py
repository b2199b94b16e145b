"""CBP nationwide encounters by state: where the files are found, and what stands in them.

One CSV for four fiscal years, replaced every month while the last of them is open. It has no
component and no encounter type: those stand in the cut by area of responsibility.
"""

from orchestration.series.cbp_encounter_file import encounter_series

SERIES = encounter_series(
    name="cbp_nationwide_encounters_state",
    title="CBP nationwide encounters by state",
    description=(
        "Encounters (USBP apprehensions, OFO inadmissibles, Title 42 expulsions) by month, land "
        "border region, state, demographic, citizenship and title of authority."
    ),
    page="nationwide-encounters",
    link_pattern=(r".*/nationwide-encounters-fy\d{2}-fy\d{2}(?:-[a-z]{3,9})?-state(?:_\d+)?\.csv$"),
    header=(
        "Month Grouping",
        "Month (abbv)",
        "Land Border Region",
        "State",
        "Demographic",
        "Citizenship",
        "Title of Authority",
    ),
)
