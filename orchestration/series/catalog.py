"""All series, by name. A new one: a module here, a suite in expectations, a staging model."""

from orchestration.series import (
    cbp_border_patrol_history,
    cbp_custody_transfers,
    cbp_nationwide_encounters_aor,
    cbp_nationwide_encounters_state,
    cbp_southwest_encounters,
    ice_detention_statistics,
    ohss_monthly_tables,
)
from orchestration.series.series import Series

SERIES: dict[str, Series] = {
    module.SERIES.name: module.SERIES
    for module in (
        cbp_nationwide_encounters_aor,
        cbp_nationwide_encounters_state,
        cbp_southwest_encounters,
        cbp_custody_transfers,
        cbp_border_patrol_history,
        ice_detention_statistics,
        ohss_monthly_tables,
    )
}
