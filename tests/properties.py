"""How property tests run here: the same examples every time, few enough for `make test`."""

from hypothesis import HealthCheck, settings


def examples(number: int) -> settings:
    """So many examples, drawn from a fixed seed."""
    return settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
