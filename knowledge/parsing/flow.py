"""What a page, a document or a cell shows, from top to bottom: lines, headings and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.table_rows import Cell, table_of_cells

# A cell with more lines and more text than this is a part of a page that a table lays out.
MAX_CELL_LINES, MAX_CELL_CHARACTERS = 3, 500


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(slots=True)
class Flow:
    """The blocks of a page or of a cell: lines, "" between paragraphs, headings, other flows."""

    blocks: list[str | Heading | Flow] = field(default_factory=list)
    # Of the line that has not ended yet.
    words: list[str] = field(default_factory=list)
    # Before the next line: the mark of a list's item.
    indentation: str = ""
    # Has headings or tables: as a cell of a table, it is a part of a page.
    is_structured: bool = False

    def end_line(self) -> None:
        if line := " ".join("".join(self.words).split()):
            self.blocks.append(self.indentation + line)
            self.indentation = ""
        self.words.clear()

    def end_paragraph(self) -> None:
        self.end_line()
        self.blocks.append("")

    def add_table(self, rows: Sequence[Sequence[FlowCell]]) -> None:
        """Rows and cells without text leave nothing."""
        cells = [cell for row in rows for cell, _, _ in row]
        if any(map(_lays_out, cells)):
            self.blocks += cells
            self.blocks.append("")
        else:
            grid = [
                [Cell(" ".join(cell.lines()), down, across) for cell, down, across in row]
                for row in rows
            ]
            self.blocks += [table_of_cells(grid), ""]
        self.is_structured |= bool(cells)

    def lines(self) -> list[str]:
        return [block.strip() for block in self.blocks if isinstance(block, str) and block]


# With the rows and the columns that it covers.
FlowCell: TypeAlias = tuple[Flow, int, int]


def emit(page: Flow, builder: SectionBuilder) -> None:
    spaced = True
    for block in _flat(page):
        if isinstance(block, Heading):
            builder.add_heading(block.level, block.text)
            spaced = True
        elif block or not spaced:
            builder.add_line(block)
            spaced = not block


def _flat(page: Flow) -> Iterator[str | Heading]:
    open_flows = [iter(page.blocks)]
    while open_flows:
        for block in open_flows[-1]:
            if isinstance(block, Flow):
                yield ""
                open_flows.append(iter(block.blocks))
                break
            yield block
        else:
            open_flows.pop()


def _lays_out(cell: Flow) -> bool:
    lines = cell.lines()
    return cell.is_structured or (
        len(lines) > MAX_CELL_LINES and sum(map(len, lines)) > MAX_CELL_CHARACTERS
    )
