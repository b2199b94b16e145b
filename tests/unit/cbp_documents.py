"""Hand-written CBP publications in the shape of the real ones, for the readers' unit tests."""

from datetime import date

from orchestration.read.reading import Document

STATE_HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Land Border Region,State,Demographic,Citizenship,"
    "Title of Authority,Encounter Count"
)
AOR_HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Land Border Region,Area of Responsibility,"
    "AOR (Abbv),Demographic,Citizenship,Title of Authority,Encounter Type,Encounter Count"
)
SOUTHWEST_HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Demographic,Citizenship Grouping,"
    "Title of Authority,Encounter Type,Encounter Count"
)


def csv_document(
    *lines: str,
    name: str = "nationwide-encounters-fy24-fy24-oct-state.csv",
    captured_on: date | None = None,
) -> Document:
    """A CSV file with the line ends of the real ones."""
    return Document("".join(f"{line}\r\n" for line in lines).encode(), name, captured_on)


def state_row(
    fiscal_year: str = "2024 (FYTD)",
    grouping: str = "FYTD",
    month: str = "OCT",
    demographic: str = "Single Adults",
    citizenship: str = "MEXICO",
    title: str = "Title 8",
    count: str = "3",
) -> str:
    """A row of the file by state."""
    return (
        f"{fiscal_year},{grouping},{month},Southwest Land Border,TX,{demographic},{citizenship},"
        f"{title},{count}"
    )


def page(*parts: str, name: str = "custody-and-transfer-statistics") -> Document:
    """A web page of headings and tables."""
    return Document(f"<html><body>{''.join(parts)}</body></html>".encode(), name, date(2026, 9, 12))


def monthly_table(
    heading: str, months: list[str], rows: dict[str, list[str]], corner: str = "Field Office"
) -> str:
    """A heading and its table, one column per month."""
    head = "".join(f"<th>{text}</th>" for text in [corner, *months])
    body = "".join(
        f"<tr><th>{label}</th>" + "".join(f"<td>{text}</td>" for text in cells) + "</tr>"
        for label, cells in rows.items()
    )
    return f"<h3>{heading}</h3><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
