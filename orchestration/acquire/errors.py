"""The one error of acquiring: what was asked for, what came back, and what to do."""

from orchestration.acquire.keys import without_keys
from orchestration.read.hostile_text import plain


class AcquireError(Exception):
    """A page or file that could not be taken. Nothing of it was archived.

    The message names the URL without its keys (or the inbox file), what was found, what was
    expected and what to do.
    """

    def __init__(self, url: str, found: str, expected: str, remedy: str) -> None:
        self.url, self.found, self.expected, self.remedy = url, found, expected, remedy
        place = plain(without_keys(url))
        super().__init__(f"{place}: found {found}; expected {expected}. {remedy}")
