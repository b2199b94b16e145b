"""Send each receiver what it has not been told, and remember it: the one way alerts go out.

Called after a run by the command line and every minute by the daemon's sensor; who comes second
finds nothing due.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import duckdb

from orchestration.alerts.delivery import Receiver, receivers
from orchestration.alerts.messages import Text, as_text, due, still_told, told_at_first
from orchestration.alerts.standing import FailedRun, Standing, how_it_stands
from orchestration.alerts.told import AlertsError, Memory, memory
from orchestration.log import events
from orchestration.mirror.source import Source
from orchestration.settings import Settings

NOBODY = "BORDER_ALERT_URL is not set: nobody is told"


@dataclass
class Sending:
    """What came of it: the messages that a receiver took, and why others were not sent."""

    sent: list[Text] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        """In one line."""
        sent = [f"sent: {text.title}" for text in self.sent]
        return "; ".join([*sent, *self.problems]) or "nothing to tell"


def send_due(
    settings: Settings, failed_runs: Iterable[FailedRun], today: date | None = None
) -> Sending:
    """Send what is due to every receiver of the home; nothing where none is set.

    ``failed_runs``: those of the instance, whether told or not. A receiver that does not take a
    message gets it at the next call, and no other one meanwhile. Raises nothing for a network, a
    receiver or a disk that fails: a run must not fail for its alerts.
    """
    sending = Sending()
    addressed = receivers(settings)
    if not addressed:
        return sending
    try:
        with memory(settings) as remembered:
            standing = how_it_stands(settings, failed_runs, today)
            for receiver in addressed:
                _send(settings, standing, receiver, remembered, sending)
    except AlertsError as problem:
        sending.problems.append(str(problem))
    except (duckdb.Error, OSError) as problem:
        sending.problems.append(
            f"alerts could not be made up ({problem}); expected a published file of this project "
            "and room on the disk. Nothing is lost: what is due is sent at the next call that can"
        )
    return sending


def _send(
    settings: Settings, standing: Standing, receiver: Receiver, remembered: Memory, sending: Sending
) -> None:
    before = remembered.told(receiver.key)
    told = told_at_first(standing) if before is None else still_told(standing, before)
    if before is not None and told != before:
        remembered.remember(receiver.key, told)
    for message in due(settings, standing, told):
        remembered.write()  # a full disk says so here, before it makes us say things every minute
        if not _deliver(settings, receiver, message.text, sending):
            return
        told = {**told, message.kind: message.keys}
        remembered.remember(receiver.key, told)


def _deliver(settings: Settings, receiver: Receiver, text: Text, sending: Sending) -> bool:
    problem = receiver.deliver(text.title, text.body)
    said = {"title": text.title, "receiver": receiver.number}
    if problem is None:
        events(settings).info("alert sent", **said)
        sending.sent.append(text)
    else:
        events(settings).warning("alert not sent", **said, reason=problem)
        sending.problems.append(f"not delivered: {text.title}: {problem}")
    return problem is None


def send_test(settings: Settings) -> Sending:
    """Send every receiver one message that says that it is a test; nothing is remembered."""
    sending = Sending()
    line = "This is only a test: alerts of this home reach you."
    text = as_text(Source.remembered(settings).mode, "a test", [line])
    for receiver in receivers(settings):
        _deliver(settings, receiver, text, sending)
    return sending


def first_texts(settings: Settings, failed_runs: Iterable[FailedRun]) -> list[Text]:
    """How the home stands, as a receiver hears it that was never told anything."""
    standing = how_it_stands(settings, failed_runs)
    return [message.text for message in due(settings, standing, told_at_first(standing))]
