"""The one error of acquiring: what was asked for, what came back, and what to do."""


class AcquireError(Exception):
    """A page or file that could not be taken. Nothing of it was archived.

    The message names the URL (or inbox file), what was found, what was expected and what to do.
    """

    def __init__(self, url: str, found: str, expected: str, remedy: str) -> None:
        self.url, self.found, self.expected, self.remedy = url, found, expected, remedy
        super().__init__(f"{plain(url)}: found {found}; expected {expected}. {remedy}")


def plain(text: str, limit: int = 200) -> str:
    """Text from outside as one printable line: no control codes reach a log or a terminal."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
