"""The encounters of the sample, cell by cell: real monthly totals, split by ``sample_model``.

Real: component x title and demographic x title at the southwest border, region x title, the
citizenships of FY2021 by title, and (rounded) the areas. Modelled: how these cross. One model
feeds all three CBP series, so that they agree where they overlap.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from orchestration.mirror import sample_facts as facts
from orchestration.mirror.sample_facts import OFO, SOUTHWEST, TITLE_8, TITLE_42, USBP, Month
from orchestration.mirror.sample_model import (
    CITIZENSHIP_SHARES,
    CITIZENSHIPS,
    DEMOGRAPHIC_FACTORS,
    DEMOGRAPHIC_SHARES,
    DEMOGRAPHICS,
    FY2019_FACTOR,
    SHARES_OF,
    STATE_SHARES,
    Counts,
    Weights,
    apportion,
    fit_table,
)

REGIONS = ("Northern Land Border", "Other", SOUTHWEST)
TITLES = (TITLE_42, TITLE_8)
COMPONENTS = (OFO, USBP)
#: Whether a demographic is met by (OFO, USBP): accompanied minors only at ports of entry, and no
#: families were expelled there.
_DEMOGRAPHICS_OF_COMPONENT = {
    TITLE_8: np.array([[1, 1, 1, 1], [0, 1, 1, 1]]),
    TITLE_42: np.array([[1, 0, 1, 1], [0, 1, 1, 1]]),
}
_STATE_OF_AREA = {"San Diego": "CA", "El Centro": "CA", "Yuma": "AZ", "Tucson": "AZ"}

#: the components' totals of one month in hashable form: OFO and USBP by title, as in _key
MonthKey = tuple[int, ...]


class Group(NamedTuple):
    """People of one month at the southwest border who share all but the area."""

    component: str
    title: str
    demographic: str
    citizenship: str
    people: int


class StateCell(NamedTuple):
    """People of one month in one state."""

    region: str
    state: str
    demographic: str
    citizenship: str
    title: str
    people: int


def southwest_groups(month: Month, totals: facts.ComponentTotals) -> list[Group]:
    """Component x title x demographic x citizenship of one month, adding up to ``totals``."""
    return [
        Group(component, title, demographic, citizenship, int(table[row, column]))
        for title in TITLES
        for table in [_southwest_table(month, title, tuple(_by_component(totals, title)))]
        for row, (component, demographic) in enumerate(
            (component, demographic) for component in COMPONENTS for demographic in DEMOGRAPHICS
        )
        for column, citizenship in enumerate(CITIZENSHIPS)
    ]


def southwest_areas(
    month: Month, totals: facts.ComponentTotals
) -> list[tuple[Group, dict[str, int]]]:
    """Each group of the month that is not empty, with its count by sector or field office."""
    return list(_southwest_areas(month, tuple(n for t in TITLES for n in _by_component(totals, t))))


def state_cells(month: Month, totals: facts.ComponentTotals) -> list[StateCell]:
    """Region x state x demographic x citizenship x title of one month, only cells with people.

    Areas lie in one state, but for the El Paso sector: three fifths of it are taken as New Mexico.
    """
    cells: dict[tuple[str, str, str, str], int] = {}
    for group, areas in southwest_areas(month, totals):
        for area, count in areas.items():
            new_mexico = (3 * count + 2) // 5 if (group.component, area) == (USBP, "El Paso") else 0
            state = _STATE_OF_AREA.get(area, "TX")
            for place, part in ((state, count - new_mexico), ("NM", new_mexico)):
                key = place, group.demographic, group.citizenship, group.title
                cells[key] = cells.get(key, 0) + part
    southwest = [StateCell(SOUTHWEST, *key, count) for key, count in cells.items() if count]
    return [*southwest, *_cells_elsewhere(month)]


@cache
def sectors(month: Month, component: str, total: int) -> dict[str, int]:
    """``total`` by area, in the proportions of OHSS's rounded figures of that month."""
    shares = facts.sector_shares()[month, {USBP: "USBP", OFO: "OFO"}[component]]
    counts = apportion(total, list(shares.values()))
    return dict(zip(shares, map(int, counts), strict=True))


def _by_component(totals: facts.ComponentTotals, title: str) -> list[int]:
    return [totals.get((component, title), 0) for component in COMPONENTS]


@cache
def _southwest_table(month: Month, title: str, by_component: tuple[int, int]) -> Counts:
    """(component, demographic) x citizenship of one month and title."""
    total = sum(by_component)
    if not total:
        return np.zeros((len(COMPONENTS) * len(DEMOGRAPHICS), len(CITIZENSHIPS)), dtype=np.int64)
    published = facts.southwest_demographics()[month, title]
    by_demographic = apportion(total, [published.get(name, 0) for name in DEMOGRAPHICS])
    by_citizenship = apportion(total, _citizenships(month)[SOUTHWEST, title])
    allowed = _DEMOGRAPHICS_OF_COMPONENT[title]
    people = fit_table(by_component, by_demographic, allowed * np.maximum(by_demographic, 1e-9))
    weights = np.vstack([DEMOGRAPHIC_FACTORS] * len(COMPONENTS)) * np.maximum(by_citizenship, 1e-9)
    return fit_table(people.ravel(), by_citizenship, weights)


@cache
def _citizenships(month: Month) -> dict[tuple[str, str], Counts]:
    """Citizenships of one month for each (region, title); in FY2021 they add up to the year's."""
    year = facts.fiscal_year(month)
    if year == 2021:
        return _citizenships_fy2021()[month]
    found = {}
    for region in REGIONS:
        for title in TITLES:
            weights = _citizenship_weights(region, title)
            if year == 2019:
                factors = [FY2019_FACTOR.get(name, 1.0) for name in CITIZENSHIPS]
                weights = weights * np.array(factors)
            found[region, title] = apportion(_region_total(month, region, title), weights)
    return found


def _region_total(month: Month, region: str, title: str) -> int:
    if region == SOUTHWEST:
        return sum(_by_component(facts.southwest_totals()[month], title))
    return facts.region_totals().get((month, region, title), 0)


@cache
def _citizenships_fy2021() -> dict[Month, dict[tuple[str, str], Counts]]:
    months = [month for month in facts.southwest_totals() if facts.fiscal_year(month) == 2021]
    found: dict[Month, dict[tuple[str, str], Counts]] = {month: {} for month in months}
    for title in TITLES:
        places = [(month, region) for month in months for region in REGIONS]
        published = facts.citizenships_fy2021()[title]
        table = fit_table(
            [_region_total(month, region, title) for month, region in places],
            [published.get(name, 0) for name in CITIZENSHIPS],
            np.vstack([_citizenship_weights(region, title) for _, region in places]),
        )
        for (month, region), counts in zip(places, table, strict=True):
            found[month][region, title] = counts
    return found


def _citizenship_weights(region: str, title: str) -> Weights:
    column = SHARES_OF[region, title]
    return np.array([CITIZENSHIP_SHARES[name][column] for name in CITIZENSHIPS], dtype=np.float64)


@cache
def _southwest_areas(month: Month, key: MonthKey) -> tuple[tuple[Group, dict[str, int]], ...]:
    by_title = dict(zip(TITLES, (key[:2], key[2:]), strict=True))
    found: list[tuple[Group, dict[str, int]]] = []
    for number, component in enumerate(COMPONENTS):
        of_title = [by_title[title][number] for title in TITLES]
        areas = sectors(month, component, sum(of_title))
        by_area = list(areas.values())
        of_area = fit_table(of_title, by_area, _independent(of_title, by_area))
        for title, area_totals in zip(TITLES, of_area, strict=True):
            first = number * len(DEMOGRAPHICS)
            table = _southwest_table(month, title, (by_title[title][0], by_title[title][1]))
            people = table[first : first + len(DEMOGRAPHICS)].ravel()
            split = fit_table(people, area_totals, _independent(people, area_totals))
            groups = [(name, who) for name in DEMOGRAPHICS for who in CITIZENSHIPS]
            found.extend(
                (
                    Group(component, title, demographic, citizenship, int(count)),
                    {area: int(n) for area, n in zip(areas, parts, strict=True) if n},
                )
                for (demographic, citizenship), count, parts in zip(
                    groups, people, split, strict=True
                )
                if count
            )
    return tuple(found)


def _independent(rows: Sequence[int] | Counts, columns: Sequence[int] | Counts) -> Weights:
    return np.outer(np.maximum(rows, 1e-9), np.maximum(columns, 1e-9))


@cache
def _cells_elsewhere(month: Month) -> tuple[StateCell, ...]:
    """The northern border and all other places, where no total by component is published."""
    cells: list[StateCell] = []
    for region, states in STATE_SHARES.items():
        for title in TITLES:
            by_citizenship = _citizenships(month)[region, title]
            total = int(by_citizenship.sum())
            if not total:
                continue
            by_demographic = apportion(total, DEMOGRAPHIC_SHARES[region, title])
            weights = DEMOGRAPHIC_FACTORS * np.maximum(by_citizenship, 1e-9)
            people = fit_table(by_demographic, by_citizenship, weights).ravel()
            by_state = apportion(total, list(states.values()))
            split = fit_table(people, by_state, _independent(people, by_state))
            groups = [(name, who) for name in DEMOGRAPHICS for who in CITIZENSHIPS]
            cells.extend(
                StateCell(region, state, demographic, citizenship, title, int(count))
                for (demographic, citizenship), parts in zip(groups, split, strict=True)
                for state, count in zip(states, parts, strict=True)
                if count
            )
    return tuple(cells)
