"""How the sample splits real totals into finer figures: the arithmetic, and the assumed shares.

Nothing here is a published figure. The shares are round guesses at what such a split looks like;
whatever they are, the parts add up to the real totals exactly.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]

#: Share of each citizenship in per mille: northern Title 42, northern Title 8, other Title 8,
#: southwest Title 42, southwest Title 8. A trace stands where there are next to none.
CITIZENSHIP_SHARES: dict[str, tuple[float, float, float, float, float]] = {
    "BRAZIL": (10, 14, 10, 1.2, 27),
    "CANADA": (268, 477, 37, 0.05, 0.2),
    "CHINA, PEOPLES REPUBLIC OF": (48, 45, 97, 0.05, 7),
    "COLOMBIA": (12, 9, 13, 0.2, 1.5),
    "CUBA": (4, 1.3, 3.6, 23, 34),
    "ECUADOR": (1, 3.5, 4.4, 11, 39),
    "EL SALVADOR": (1.5, 3.2, 2.9, 29, 44),
    "GUATEMALA": (8.5, 8.4, 7.1, 74, 130),
    "HAITI": (8, 3.7, 4, 3.6, 15),
    "HONDURAS": (3, 6.2, 10, 83, 97),
    "INDIA": (154, 93, 100, 0.05, 4.4),
    "MEXICO": (35, 40, 65, 771, 552),
    "MYANMAR (BURMA)": (0.1, 0.1, 20, 0.01, 0.01),
    "NICARAGUA": (0.1, 0.5, 5.5, 1.8, 7.6),
    "OTHER": (404, 265, 205, 1.4, 25),
    "PERU": (1, 0.8, 10, 0.2, 1.7),
    "PHILIPPINES": (16, 13, 290, 0.01, 0.05),
    "ROMANIA": (20, 3.6, 6.8, 0.05, 1.1),
    "RUSSIA": (0.5, 3.6, 34, 0.1, 1.8),
    "TURKEY": (1.5, 2, 15, 0.05, 0.4),
    "UKRAINE": (3.5, 3, 48, 0.05, 0.4),
    "VENEZUELA": (0.1, 2.5, 11, 0.2, 11),
}
CITIZENSHIPS = list(CITIZENSHIP_SHARES)
SHARES_OF = {
    ("Northern Land Border", "Title 42"): 0,
    ("Northern Land Border", "Title 8"): 1,
    ("Other", "Title 8"): 2,
    ("Other", "Title 42"): 2,
    ("Southwest Land Border", "Title 42"): 3,
    ("Southwest Land Border", "Title 8"): 4,
}
#: In FY2019 families from the Northern Triangle were most of those met at the southwest border.
FY2019_FACTOR = {"MEXICO": 0.44, "GUATEMALA": 2.1, "HONDURAS": 2.75, "EL SALVADOR": 2.1}

DEMOGRAPHICS = ["Accompanied Minors", "FMUA", "Single Adults", "UC / Single Minors"]
#: Share of each demographic away from the southwest border, in per mille.
DEMOGRAPHIC_SHARES = {
    ("Northern Land Border", "Title 42"): (87, 15, 893, 5),
    ("Northern Land Border", "Title 8"): (4, 71, 917, 8),
    ("Other", "Title 8"): (0.4, 12.5, 983, 4.3),
    ("Other", "Title 42"): (0.4, 12.5, 983, 4.3),
}
#: How much likelier each demographic is among the citizens of a country than among all.
_DEMOGRAPHIC_FACTORS = {
    "MEXICO": (3.0, 0.5, 1.3, 1.0),
    "GUATEMALA": (0.3, 1.3, 0.7, 3.0),
    "HONDURAS": (0.3, 1.5, 0.7, 2.5),
    "EL SALVADOR": (0.3, 1.3, 0.7, 2.5),
}
_OTHER_FACTORS = (0.3, 1.5, 1.0, 0.2)
DEMOGRAPHIC_FACTORS: Weights = np.array(
    [_DEMOGRAPHIC_FACTORS.get(citizenship, _OTHER_FACTORS) for citizenship in CITIZENSHIPS]
).T

#: Share of each state away from the southwest border, in per mille (the largest only).
STATE_SHARES = {
    "Northern Land Border": {
        "NY": 400, "WA": 147, "ME": 143, "VT": 139, "MI": 107, "ND": 29, "MT": 25, "MN": 6,
        "OH": 3, "ID": 1,
    },
    "Other": {
        "TX": 330, "CA": 128, "FL": 105, "LA": 100, "DC": 57, "NJ": 52, "VA": 39, "WA": 37,
        "PR": 24, "GA": 24, "IL": 23, "AL": 20, "MD": 18, "NY": 17, "PA": 14, "AK": 12,
    },
}  # fmt: skip

#: Share of each Border Patrol sector in its region over the years, in per mille; southwest sectors
#: only until September 2018, since then OHSS publishes them.
SECTOR_SHARES = {
    "coastal": {"livermore": 0, "miami": 560, "new_orleans": 390, "ramey": 50},
    "northern": {
        "blaine": 140, "buffalo": 160, "detroit": 190, "grand_forks": 80, "havre": 60,
        "houlton": 30, "spokane": 80, "swanton": 260,
    },
    "southwest": {
        "big_bend": 9, "del_rio": 72, "el_centro": 80, "el_paso": 78, "laredo": 85,
        "rio_grande_valley": 210, "san_diego": 116, "tucson": 300, "yuma": 50,
    },
}  # fmt: skip


def apportion(total: int, weights: Sequence[float] | Weights | Counts) -> Counts:
    """``total`` in whole numbers in proportion to ``weights``, by largest remainder.

    Ties go to the earlier part. ValueError: something to share out, but no weight.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if not shares.sum():
        if total:
            raise ValueError(f"found {total} to share out; expected a weight above 0, got {shares}")
        return np.zeros(len(shares), dtype=np.int64)
    quotas = np.round(shares * (total / shares.sum()), 9)
    return _whole(quotas, total)


def fit_table(
    rows: Sequence[int] | Counts, columns: Sequence[int] | Counts, weights: Weights
) -> Counts:
    """Whole numbers near ``weights`` whose rows and columns add up to the margins exactly.

    Iterative proportional fitting, then each row rounded by largest remainder with the rounding
    of the rows before it carried along, so that the last row closes every column. Cells of weight
    0 stay 0 where they are alone with their column's total. ValueError: margins that cannot be met.
    """
    row_totals = np.asarray(rows, dtype=np.int64)
    column_totals = np.asarray(columns, dtype=np.int64)
    fitted = _fit(row_totals, column_totals, weights)
    table = np.zeros(weights.shape, dtype=np.int64)
    carried = np.zeros(len(column_totals))
    for number, total in enumerate(row_totals):
        if not total:
            continue
        quotas = np.round(fitted[number] + carried, 6)
        table[number] = _whole(quotas, int(total))
        carried += fitted[number] - table[number]
    if (table.sum(axis=0) != column_totals).any() or (table < 0).any():
        raise ValueError(
            f"found columns {table.sum(axis=0)}; expected {column_totals} with rows {row_totals}"
        )
    return table


def _fit(rows: Counts, columns: Counts, weights: Weights) -> Weights:
    fitted = weights.astype(np.float64)
    for _ in range(500):
        by_row = fitted.sum(axis=1)
        fitted = (
            fitted * np.divide(rows, by_row, out=np.zeros(len(rows)), where=by_row > 0)[:, None]
        )
        by_column = fitted.sum(axis=0)
        if np.abs(by_column - columns).max() < 1e-7:
            break
        fitted = fitted * np.divide(
            columns, by_column, out=np.zeros(len(columns)), where=by_column > 0
        )
    return fitted


def _whole(quotas: Weights, total: int) -> Counts:
    """Quotas that add up to ``total`` as whole numbers of at least 0 that do so too."""
    counts = np.maximum(np.floor(quotas), 0).astype(np.int64)
    order = np.argsort(counts - quotas, kind="stable")  # largest remainder first
    missing = total - int(counts.sum())
    if missing > 0:
        counts[order[:missing]] += 1
    for place in order[::-1]:  # only where quotas below 0 were raised to 0
        if missing >= 0:
            break
        if counts[place]:
            counts[place] -= 1
            missing += 1
    return counts
