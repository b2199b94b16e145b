"""October to September, named for the year it ends in."""

from datetime import date

import pandas as pd
import pytest

from orchestration.read.fiscal_calendar import (
    MONTHS,
    calendar_year,
    fiscal_year,
    fiscal_year_end,
    fiscal_year_of,
    fiscal_year_start,
    folder_month,
    last_day,
    month_in,
    month_number,
)


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2020, 9, 30), 2020), (date(2020, 10, 1), 2021), (date(2021, 1, 1), 2021)],
)
def test_a_fiscal_year_begins_in_october_of_the_year_before(day, year):
    assert fiscal_year_of(day) == year
    assert fiscal_year_start(year) <= day <= fiscal_year_end(year)
    assert month_in(year, day.month) == day.replace(day=1)


def test_a_column_of_months_has_the_fiscal_years_that_its_months_have():
    years, months = pd.Series([2020, 2020, 2021]), pd.Series([9, 10, 1])
    fiscal_years = fiscal_year(years, months)
    assert fiscal_years.tolist() == [2020, 2021, 2021]
    assert calendar_year(fiscal_years, months).tolist() == years.tolist()


def test_the_months_of_a_fiscal_year_follow_each_other():
    numbers = [month_number(name) for name in MONTHS]
    days = [month_in(2024, number) for number in numbers if number]
    assert days == [day.date() for day in pd.date_range("2023-10-01", "2024-09-01", freq="MS")]


def test_the_last_day_of_february_is_the_calendars():
    assert last_day(date(2024, 2, 1)) == date(2024, 2, 29)
    assert last_day(date(2023, 2, 28)) == date(2023, 2, 28)


@pytest.mark.parametrize(
    ("path", "month"),
    [
        ("/sites/default/files/assets/documents/2023-Nov/nationwide.csv", date(2023, 11, 1)),
        ("/sites/default/files/2024-10/nationwide.csv", date(2024, 10, 1)),
        ("/sites/default/files/2024-13/nationwide.csv", None),
        ("/sites/default/files/2024-Xyz/nationwide.csv", None),
        ("/doclib/detention/FY24_detentionStats01042024.xlsx", None),
    ],
)
def test_a_folder_names_a_month_by_number_or_by_name(path, month):
    assert folder_month(path) == month
