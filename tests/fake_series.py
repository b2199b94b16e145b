"""Series as small as acquiring needs them: a page, a link pattern, a kind. No reader."""

import re
from datetime import date

from orchestration.series.series import Series

ICE_PAGE = "https://www.ice.gov/detain/detention-management"
CBP_PAGE = "https://www.cbp.gov/document/stats/nationwide-encounters"
CUSTODY_PAGE = "https://www.cbp.gov/newsroom/stats/custody-and-transfer-statistics"


def month_in_folder(path):
    found = re.search(r"/(\d{4})-(\d{2})/", path)
    return date(int(found[1]), int(found[2]), 1) if found else None


def fake_series(name, kind, page, pattern, **rest):
    values = {
        "name": name,
        "agency": "ICE" if "ice.gov" in page else "CBP",
        "title": name.replace("_", " "),
        "description": "",
        "kind": kind,
        "landing_pages": (page,),
        "link_pattern": re.compile(pattern, re.I),
        "tables": (),
        "read": None,
        "footings": None,
        "publication_month": month_in_folder,
        "usual_lag_days": 30,
        "late_after_days": 60,
    }
    return Series(**(values | rest))


def ice_series(**rest):
    pattern = r"^/doclib/detention/FY\d\d.*\.xlsx$"
    return fake_series("ice_detention_statistics", "xlsx", ICE_PAGE, pattern, **rest)


def state_series(**rest):
    pattern = r"^/sites/default/files/.*nationwide-encounters-.*-state\.csv$"
    return fake_series("cbp_nationwide_encounters_state", "csv", CBP_PAGE, pattern, **rest)


def aor_series(**rest):
    pattern = r"^/sites/default/files/.*nationwide-encounters-.*-aor\.csv$"
    return fake_series("cbp_nationwide_encounters_aor", "csv", CBP_PAGE, pattern, **rest)


def custody_series(**rest):
    return fake_series(
        "cbp_custody_transfers",
        "html",
        CUSTODY_PAGE,
        r"^/newsroom/stats/custody-and-transfer-statistics",
        page_is_publication=True,
        **rest,
    )
