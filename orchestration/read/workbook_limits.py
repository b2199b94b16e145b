"""May this workbook be unpacked? Its entries, their size unpacked, the grid of each sheet.

calamine fills the grid between a sheet's outermost cells, whatever stands between them: two cells
can ask for more memory than there is, which aborts the process with no error to catch. So nothing
reaches it unchecked. What stands in the sheets is for workbook.py.
"""

import re
import zipfile
import zlib
from io import BytesIO

from orchestration.read.reading import Document

#: 115 is the most in the 97 workbooks held
MOST_ENTRIES = 10_000
#: 13 MB is the most
MOST_BYTES = 256 * 2**20
#: Cells between the outermost ones, blank ones included; 17 million (A1:XFC1041) is the most.
MOST_CELLS = 20_000_000
ENTRY = b"PK\x01\x02"
SHEET = b"sheetData"
LOOK = "Look at what the site sent; nothing of it was unpacked."

#: A cell reference that may lie far out: beyond column ZZ, or beyond row 9,999.
FAR_OUT = re.compile(rb"r\s*=\s*[\"'](?:[A-Za-z]{3,}\d|[A-Za-z]{0,2}\d{5})")
FAR_COLUMN = re.compile(rb"r\s*=\s*[\"']([A-Za-z]{3,})\d")
FAR_ROW = re.compile(rb"r\s*=\s*[\"'][A-Za-z]*(\d{4,})")


def refuse_what_would_fill_the_memory(document: Document) -> None:
    """PublicationError for a zip bomb, a broken archive, or a sheet with too large a grid."""
    entries = document.content.count(ENTRY)
    if entries > MOST_ENTRIES:
        raise document.error(
            "the zip archive", f"about {entries:,} entries", f"at most {MOST_ENTRIES:,}", LOOK
        )
    try:
        with zipfile.ZipFile(BytesIO(document.content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_BYTES:
                raise document.error(
                    "the zip archive", f"{size:,} bytes when unpacked", f"at most {MOST_BYTES:,}",
                    LOOK,
                )  # fmt: skip
            for entry in archive.infolist():
                # an entry longer than it says does not have the checksum that it says
                _refuse_too_large_a_grid(document, entry.filename, archive.read(entry))
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, zlib.error) as error:
        raise document.error(
            "the zip archive", str(error) or type(error).__name__,
            "a whole XLSX workbook (is the file truncated, or has it a password?)",
            "Fetch the publication again; if it is so at the agency, nothing can be read from it.",
        ) from error  # fmt: skip


def _refuse_too_large_a_grid(document: Document, name: str, content: bytes) -> None:
    if SHEET not in content or not FAR_OUT.search(content):
        return
    columns = max((_column_number(letters) for letters in set(FAR_COLUMN.findall(content))),
                  default=26 + 26**2)  # fmt: skip
    rows = max((int(digits) for digits in set(FAR_ROW.findall(content))), default=999)
    if columns * rows > MOST_CELLS:
        raise document.error(
            name, f"cells as far out as column {columns:,} and row {rows:,}",
            f"a grid of at most {MOST_CELLS:,} cells", LOOK,
        )  # fmt: skip


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
