"""One message to one receiver, through apprise. The receiver's URL is a secret and stays here."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestration.big_imports import when_used
from orchestration.settings import Settings

if TYPE_CHECKING:
    import apprise
else:
    apprise = when_used("apprise")

#: seconds that a receiver may take for one message
PATIENCE = 15

# Apprise's and urllib3's own log lines hold URLs, with tokens, that belong in no log.
logging.getLogger("apprise").propagate = False
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True)
class Receiver:
    """One URL of the setting, and which it is of all."""

    number: int
    url: str = field(repr=False)

    @property
    def key(self) -> str:
        """Tells receivers of a home apart; too short to try passwords against."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:8]

    def deliver(self, title: str, body: str) -> str | None:
        """Send a text; None when the receiver took it, else why it did not.

        It is sent as plain text, which apprise escapes for services that read markup. What is too
        long for a service is sent in parts. No redirect is followed: it would carry the secret on.
        """
        asset = apprise.AppriseAsset(
            app_id="border", app_desc="border warehouse", async_mode=False, http_redirects=False,
            service_timeout=PATIENCE,
        )  # fmt: skip
        services = apprise.Apprise(asset=asset)
        if not services.add(self.url):
            return (
                f"URL {self.number} of BORDER_ALERT_URL: found none that apprise can read; "
                "expected one as slack://..., workflows://..., mailtos://... or jsons://... Mend "
                "it, then type `border alerts --test`"
            )
        if "overflow=" not in self.url:
            for service in services.services:
                service.overflow_mode = apprise.OverflowMode.SPLIT
        result = services.notify(
            title=title, body=body, body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False
        )
        if result:
            return None
        names = ", ".join(sorted({one.name for one in result if not one})) or "apprise"
        return f"URL {self.number} of BORDER_ALERT_URL ({names}): {_why(result)}"


def receivers(settings: Settings) -> list[Receiver]:
    """The receivers of a home, each once; none where the setting is empty."""
    urls = dict.fromkeys(settings.alert_urls.split())
    return [Receiver(number, url) for number, url in enumerate(urls, start=1)]


def _why(result: apprise.AppriseResult) -> str:
    """In words of ours: apprise's own may hold parts of the URL."""
    if result.status == apprise.AppriseResultStatus.TIMEOUT:
        return f"no answer within {PATIENCE} seconds"
    codes = {
        code
        for entry in result.logs()
        for code in re.findall(r"error=([1-5]\d\d)\b", entry.message)
    }
    if codes:
        return f"it answered with status {', '.join(sorted(codes))}"
    return "it could not be reached, or did not take the message"
