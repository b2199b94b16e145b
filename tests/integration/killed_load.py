"""What a loader is begun with to be killed, and its run with it; imported by its process."""

import os
import signal

from orchestration.warehouse import ledger


def kill_all_in_the_transaction() -> None:
    """Kill the group where raw rows are written and not committed."""
    ledger.record_checks = lambda *_: os.killpg(0, signal.SIGKILL)
