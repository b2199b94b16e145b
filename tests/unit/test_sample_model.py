"""How the sample splits totals: whatever the shares, the parts add up exactly."""

import numpy as np
import pytest

from orchestration.mirror.sample_model import apportion, fit_table


def test_parts_add_up_to_the_total_and_no_part_is_off_by_one_or_more():
    parts = apportion(100, [1, 1, 1])
    assert parts.tolist() == [34, 33, 33]


def test_nothing_is_shared_out_of_nothing():
    assert apportion(0, [0, 0]).tolist() == [0, 0]


def test_a_total_without_any_weight_is_refused():
    with pytest.raises(ValueError, match="expected a weight above 0"):
        apportion(5, [0, 0])


@pytest.mark.parametrize("seed", range(30))
def test_a_table_meets_all_its_row_and_column_totals(seed):
    random = np.random.default_rng(seed)
    # mostly small cells: there rounding by rows alone would miss the columns
    people = random.poisson(random.choice([0.2, 2, 300], size=(40, 9)))
    table = fit_table(people.sum(axis=1), people.sum(axis=0), random.uniform(0.01, 1, (40, 9)))
    assert table.sum(axis=1).tolist() == people.sum(axis=1).tolist()
    assert table.sum(axis=0).tolist() == people.sum(axis=0).tolist()
    assert (table >= 0).all()


def test_a_cell_that_cannot_be_stays_empty():
    weights = np.array([[1, 0, 1], [0, 1, 1]], dtype=float)
    table = fit_table([50, 70], [20, 30, 70], weights)
    assert (table[0, 1], table[1, 0]) == (0, 0)
    assert table.tolist() == [[20, 0, 30], [0, 30, 40]]


def test_margins_that_cannot_be_met_are_refused():
    with pytest.raises(ValueError, match="expected"):
        fit_table([10, 0], [4, 4], np.ones((2, 2)))
