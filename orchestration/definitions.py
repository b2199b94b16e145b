"""The Dagster code location. It assembles; everything it assembles stands elsewhere."""

from orchestration.big_imports import imports_that_stay

with imports_that_stay():
    import dagster as dg

    from orchestration.alert_sensor import alerts
    from orchestration.assets.ledger import LEDGER
    from orchestration.assets.models import dbt_resource, models
    from orchestration.assets.publications import PUBLICATIONS
    from orchestration.assets.published import published
    from orchestration.assets.raw import RAW, loader
    from orchestration.automation import JOBS, SCHEDULES
    from orchestration.progress import stage_lines
    from orchestration.turn import warehouse_turn

defs = dg.Definitions(
    assets=[*PUBLICATIONS, *RAW, *LEDGER, models, published],
    jobs=JOBS,
    schedules=SCHEDULES,
    sensors=[alerts],
    resources={"dbt": dbt_resource(), "warehouse_turn": warehouse_turn, "loader": loader},
    # a step in a process of its own costs 2 seconds, and DuckDB has one writer anyway
    executor=dg.in_process_executor,
    loggers={"stages": stage_lines, "console": dg.colored_console_logger},
)
