"""An answer as a file: CSV, JSON or Parquet, written by DuckDB as the files of a version are.

What may be asked, and of which file, stands in query.py; tables on a screen are the command
line's business.
"""

import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.marts import literal, quoted
from orchestration.warehouse.query import QueryError, answering

if TYPE_CHECKING:
    import pyarrow

#: A spreadsheet takes a text cell that starts so for a formula (and drops a leading tab or return).
#: A lone sign cannot be a formula and stays: '-' is one of the published reasons for no figure.
#: The last four are the wide signs of East Asian keyboards, which some spreadsheets take likewise.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠].+"

#: DuckDB's sum of whole numbers, as Arrow carries it.
_HUGE = "DECIMAL(38,0)"


def guarded(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The rows with an apostrophe before each text and heading that a spreadsheet would run."""
    return rows.project(
        ", ".join(
            f"{_guarded_text(quoted(name)) if str(kind) == 'VARCHAR' else quoted(name)} "
            f"as {quoted(_guarded_heading(name))}"
            for name, kind in zip(rows.columns, rows.types, strict=True)
        )
    )


def _guarded_text(column: str) -> str:
    return (
        f"case when regexp_matches({column}, '{_FORMULA}', 's') "
        f"then '''' || {column} else {column} end"
    )


def _guarded_heading(name: str) -> str:
    return f"'{name}" if re.match(_FORMULA, name, re.DOTALL) else name


def _write_csv(rows: duckdb.DuckDBPyRelation, path: str) -> None:
    guarded(rows).write_csv(path)


def _write_json(rows: duckdb.DuckDBPyRelation, path: str) -> None:
    # JSON has no word for 'not a number' or infinity; DuckDB would write one all the same.
    finite = ", ".join(
        f"case when isfinite({name}) then {name} end as {name}"
        if str(kind) in {"DOUBLE", "FLOAT"}
        else name
        for name, kind in zip(map(quoted, rows.columns), rows.types, strict=True)
    )
    rows.project(finite).query(
        "finite",
        f"copy finite to {literal(path)} "
        "(format json, array true, timestampformat '%Y-%m-%dT%H:%M:%S.%f')",
    )


def _write_parquet(rows: duckdb.DuckDBPyRelation, path: str) -> None:
    # pandas and R know no whole number of 128 bits; no count is that large.
    counts = ", ".join(
        f"{name}::bigint as {name}" if str(kind) == _HUGE else name
        for name, kind in zip(map(quoted, rows.columns), rows.types, strict=True)
    )
    rows.project(counts).write_parquet(path, compression="zstd")


FORMATS: dict[str, Callable[[duckdb.DuckDBPyRelation, str], None]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}


def write_answer(
    settings: Settings,
    sql: str,
    kind: str,
    to: Path | BinaryIO,
    *,
    as_of: date | None = None,
    raw: bool = False,
) -> None:
    """Write all rows of the answer to a file, or as bytes to an open stream.

    ``kind``: a key of FORMATS. CSV: with a header, guarded against formulas. JSON: one array of
    records, dates and times in ISO 8601, NULL where a number is not finite. Parquet: zstd.
    QueryError as ``run_query``, and if two columns have one name or the file cannot be written.
    """
    # The connection that was asked can write no file: the rows go over to one that can.
    with answering(settings, sql, as_of, raw) as answer:
        rows = answer.to_arrow_table()
    twice = sorted({name for name in rows.column_names if rows.column_names.count(name) > 1})
    if twice:
        raise QueryError(
            f"found more than one column called {', '.join(twice)}; expected a name of its own for "
            "each. Give them names with AS."
        )
    if isinstance(to, Path):
        _write(rows, kind, to)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"answer.{kind}"
        _write(rows, kind, file)
        with file.open("rb") as written:
            shutil.copyfileobj(written, to)


def _write(rows: "pyarrow.Table", kind: str, to: Path) -> None:
    with duckdb.connect() as writer:
        try:
            FORMATS[kind](writer.from_arrow(rows), str(to))
        except duckdb.Error as error:
            raise QueryError(f"{to}: the answer could not be written. {error}") from error
