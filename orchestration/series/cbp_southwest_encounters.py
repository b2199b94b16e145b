"""CBP southwest land border encounters by component: where the files are, what stands in them.

One CSV for four fiscal years. It splits by component, which the nationwide cut by state does
not, but names only four nationalities and has no place below the border.
"""

from orchestration.series.cbp_encounter_file import encounter_series

SERIES = encounter_series(
    name="cbp_southwest_encounters",
    title="CBP southwest land border encounters",
    description=(
        "Encounters at the southwest land border by month, component, demographic, citizenship "
        "group, title of authority and type."
    ),
    page="southwest-land-border-encounters",
    link_pattern=r".*/sbo-encounters-fy\d{2}-fy\d{2}(?:-[a-z]{3,9})?(?:_\d+)?\.csv$",
    header=(
        "Month Grouping",
        "Month (abbv)",
        "Component",
        "Demographic",
        "Citizenship Grouping",
        "Title of Authority",
        "Encounter Type",
    ),
)
