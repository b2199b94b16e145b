"""The Dagster code location. It assembles; everything it assembles stands elsewhere."""

from orchestration.big_imports import imports_that_stay

with imports_that_stay():
    import dagster as dg

    from orchestration.alert_sensor import alerts
    from orchestration.assets.ledger import LEDGER
    from orchestration.assets.models import dbt_resource, models
    from orchestration.assets.publications import PUBLICATIONS
    from orchestration.assets.published import published
    from orchestration.assets.raw import RAW
    from orchestration.automation import JOBS, SCHEDULES
    from orchestration.progress import stage_lines

defs = dg.Definitions(
    assets=[*PUBLICATIONS, *RAW, *LEDGER, models, published],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=[alerts],
    resources={"dbt": dbt_resource()},
    loggers={"stages": stage_lines, "console": dg.colored_console_logger},
)
