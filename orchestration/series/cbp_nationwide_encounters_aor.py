"""CBP nationwide encounters by area of responsibility: where the files are, what stands in them.

Never run on a real file: none is held (each is over 4 MiB). Header and rows are known from the
agency's pages and from single rows seen. The finest cut: sector or field office by citizenship.
"""

from orchestration.series.cbp_encounter_file import encounter_series

SERIES = encounter_series(
    name="cbp_nationwide_encounters_aor",
    title="CBP nationwide encounters by area of responsibility",
    description=(
        "Encounters by month, component, land border region, sector or field office, demographic, "
        "citizenship, title of authority and type. Never run on a real file: none is held."
    ),
    page="nationwide-encounters",
    # in 2022 the file by area had no suffix
    link_pattern=(
        r".*/nationwide-encounters-fy\d{2}-fy\d{2}(?:-(?!state)[a-z]{3,9})?(?:-aor)?(?:_\d+)?\.csv$"
    ),
    header=(
        "Month Grouping",
        "Month (abbv)",
        "Component",
        "Land Border Region",
        "Area of Responsibility",
        "AOR (Abbv)",
        "Demographic",
        "Citizenship",
        "Title of Authority",
        "Encounter Type",
    ),
)
