"""The rules of every series, by its name. A new series is one suite here."""

from expectations.rule import Suite
from expectations.suites import cbp, ice, ohss

SUITES: dict[str, Suite] = {
    suite.series: suite
    for suite in (
        cbp.AOR,
        cbp.STATE,
        cbp.SOUTHWEST,
        cbp.HISTORY,
        cbp.CUSTODY,
        ice.SUITE,
        ohss.SUITE,
    )
}


def suite_of(series: str) -> Suite:
    """The suite of a series. KeyError: a series without rules may not be loaded."""
    if series not in SUITES:
        raise KeyError(
            f"{series}: found no suite; expected one in expectations/suites. Write its rules first."
        )
    return SUITES[series]
