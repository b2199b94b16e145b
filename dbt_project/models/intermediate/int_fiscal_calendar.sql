-- The months that a figure can be about, with the US federal fiscal year (October to September).
with months as (
    select cast(unnest(generate_series(date '1999-10-01', date '2049-09-01', interval 1 month)) as date)
        as reference_month
)

select
    reference_month,
    last_day(reference_month) as month_end,
    {{ fiscal_year('reference_month') }} as fiscal_year,
    {{ fiscal_quarter('reference_month') }} as fiscal_quarter
from months
