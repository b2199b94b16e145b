"""Text that others wrote, on its way into a message, a log or a terminal."""


def plain(text: str, limit: int = 200) -> str:
    """The text as one printable line of at most ``limit`` letters, without control codes."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * limit])
    line = " ".join(line.split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"


_MARKS = str.maketrans("<>@[]`*", "‹›＠()'∗")


def without_markup(text: str, limit: int = 200) -> str:
    """``plain``, and nothing that a chat or a mail program takes for more than letters.

    No tag, no mention of anybody, no link, no code: signs that begin one become others like them.
    """
    return plain(text, limit).translate(_MARKS).replace("://", ": //")


def without_codes(text: str) -> str:
    """The text for a terminal: its lines stay lines, a control code becomes a mark."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else " " if letter.isspace() else "\ufffd"
        for letter in text
    )
