"""Formats the rows of a table as text."""

from collections.abc import Iterable, Iterator, Sequence

Row = Sequence[str]

# The name of a column is repeated in each row. Longer ones are cut, so that a file of a few
# kilobytes does not become megabytes.
MAX_NAME = 60


def markdown_table(rows: Iterable[Iterable[str]]) -> str:
    """The table in Markdown; a single column or row as plain lines."""
    filled = [row for row in ([_cell(cell) for cell in row] for row in rows) if any(row)]
    width = max((len(row) for row in filled), default=0)
    if width < 2 or len(filled) < 2:
        return "\n".join(" ".join(filter(None, row)) for row in filled)
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in filled]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def labelled_rows(rows: Iterable[Row]) -> Iterator[str]:
    """One line for each row, with the name of the column before each value."""
    header: list[str] = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if header:
            yield _labelled_row(header, cells)
            continue
        if len(filled) > 1 and not any(map(_is_number, filled)):
            header = [_shortened(cell) for cell in cells]
        yield " · ".join(filled)


def _labelled_row(header: Row, cells: Row) -> str:
    names = [*header, *[""] * (len(cells) - len(header))]
    pairs = zip(names, cells, strict=False)
    return " · ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1].rstrip()}…"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _is_number(text: str) -> bool:
    return text.lstrip("-+").replace(".", "").replace(",", "").rstrip("%").isdigit()
