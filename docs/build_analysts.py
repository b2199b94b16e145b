"""Write the results in docs/analysts.md again: each query of the page, asked of the bundled sample.

The page itself is written by hand, queries and all. After each block of SQL stand two markers;
what is between them is written here, from the published sample of the home in BORDER_HOME.
"""

import re
import sys
from pathlib import Path

from orchestration.settings import Settings
from orchestration.warehouse.query import QueryResult, run_query
from orchestration.warehouse.versions import about

PAGE = Path(__file__).with_name("analysts.md")
BEGIN = "<!-- result: SAMPLE -->"
END = "<!-- end of result -->"

#: A block of SQL and the result below it.
ANSWERED = re.compile(rf"^```sql\n(?P<sql>.*?)^```\n\n{BEGIN}\n.*?{END}$", re.MULTILINE | re.DOTALL)


def with_results(page: str, settings: Settings) -> str:
    """The page with each result as the sample gives it; ValueError if the home holds no sample."""
    mode = about(settings).source_mode
    if mode != "sample":
        raise ValueError(
            f"{settings.published}: found figures of the source {mode!r}; expected those of the "
            "bundled sample. Set BORDER_HOME to a home of `border run`."
        )
    return ANSWERED.sub(lambda found: _answered(found["sql"], settings), page)


def _answered(sql: str, settings: Settings) -> str:
    table = _markdown(run_query(settings, sql))
    return f"```sql\n{sql}```\n\n{BEGIN}\n\nResult (SAMPLE, not for quotation):\n\n{table}\n\n{END}"


def _markdown(answer: QueryResult) -> str:
    is_number = [kind not in {"VARCHAR", "DATE", "BOOLEAN"} for kind in answer.types]
    lines = [
        answer.columns,
        ["--:" if number else "---" for number in is_number],
        *(
            [_cell(name, value) for name, value in zip(answer.columns, row, strict=True)]
            for row in answer.rows
        ),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(column: str, value: object) -> str:
    """Counts with thousands separators; a published text as text, never as Markdown or HTML."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"{value}".lower()
    if isinstance(value, int) and column != "fiscal_year":
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) and abs(value) >= 100 else f"{value:,.1f}"
    text = " ".join(str(value).split())
    for sign, harmless in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("[", "\\["), ("`", "\\`")):
        text = text.replace(sign, harmless)
    return text


if __name__ == "__main__":
    try:
        written = with_results(PAGE.read_text(encoding="utf-8"), Settings())
    except ValueError as problem:
        sys.exit(str(problem))
    PAGE.write_text(written, encoding="utf-8")
