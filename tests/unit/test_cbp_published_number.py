"""Published cells to numbers: what is a number, what is none, and what is doubtful."""

import pandas as pd
import pytest

from orchestration.read.published_number import PublishedNumber, read_number, read_numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("153", 153), ("9584.0", 9584), ("22,175", 22175), (" 1,234,567\n", 1234567)],
)
def test_a_plain_number_keeps_no_text(text, value):
    assert read_number(text) == PublishedNumber(float(value))


@pytest.mark.parametrize(
    ("text", "reason", "kept"),
    [("-", "-", "-"), ("–", "-", "–"), ("", "blank", None), (None, "blank", None),
     (" \xa0 ", "blank", None), ("X", "X", "X"), ("NA", "NA", "NA")],
)  # fmt: skip
def test_a_cell_without_a_number_says_why(text, reason, kept):
    assert read_number(text) == PublishedNumber(None, reason, kept)


def test_a_point_where_a_comma_was_meant_is_read_as_it_stands_and_called_ambiguous():
    assert read_number("8.470") == PublishedNumber(8.47, None, "8.470", "ambiguous_number")


@pytest.mark.parametrize("text", ["42 (4.66%)", "42(4.66%)"])
def test_a_count_with_its_share_is_the_count(text):
    assert read_number(text) == PublishedNumber(42.0, None, text)


@pytest.mark.parametrize(("text", "value"), [("-5", -5.0), ("2.5", 2.5), ("0.02", 0.02)])
def test_a_number_that_no_count_can_be_is_left_to_the_gate(text, value):
    assert read_number(text) == PublishedNumber(value, None, text)


@pytest.mark.parametrize(
    "text",
    ["abc", "1,18", "12,34,567", "nan", "inf", "1e5", "+", ".", "1 2", "9" * 400],
)
def test_a_text_that_is_no_number_is_null_and_unreadable(text):
    assert read_number(text) == PublishedNumber(None, "unreadable", text, "unreadable_number")


def test_a_column_of_cells_keeps_its_index():
    numbers = read_numbers(pd.Series(["3", "-", None, "3"], index=[7, 5, 3, 1]))
    assert numbers.index.tolist() == [7, 5, 3, 1]
    assert numbers["value"].tolist()[::3] == [3.0, 3.0]
    assert numbers["null_reason"].tolist()[1:3] == ["-", "blank"]
    assert numbers["value"].isna().tolist() == [False, True, True, False]
