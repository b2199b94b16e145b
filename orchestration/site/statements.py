"""The page on statements: what others said, our figures then and now, and the query behind each."""

from typing import Any

import duckdb

from orchestration.site.rows import rows_of

#: the verdicts of docs/claims.md, from agreement to none; what follows a colon is its reason
TONES = {
    "holds": "yes",
    "holds as published, since revised": "mostly",
    "does not hold": "no",
    "cannot be told": "open",
}


def statements_page(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the template shows: each row of ``marts.claims`` and how many got which verdict."""
    statements = rows_of(connection, "select * from marts.claims order by statement_number")
    for statement in statements:
        verdict, _, reason = statement["verdict"].partition(": ")
        statement |= {"verdict_word": verdict, "verdict_reason": reason}
        statement["tone"] = TONES.get(verdict, "open")
    words = [statement["verdict_word"] for statement in statements]
    return {
        "statements": statements,
        "verdicts": {word: words.count(word) for word in TONES if word in words},
    }
