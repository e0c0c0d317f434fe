"""Reads CSV files, and those delimited by semicolons, tabs or bars."""

import csv
from collections.abc import Iterator
from io import StringIO

from knowledge.parsing.encodings import decode
from knowledge.parsing.progress import report
from knowledge.parsing.table_rows import labelled_rows
from knowledge.text.section import Section

DELIMITERS = ",;\t|"
# A longer cell means that a closing quotation mark is missing.
MAX_CELL_CHARACTERS = 131_072


def read(data: bytes) -> list[Section]:
    text = decode(data).replace("\0", "")
    head = text[:4096].partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    if head.lower().startswith("sep=") and len(head.rstrip("\r")) == len("sep=;"):
        # A note for Excel.
        delimiter, text = head[4], text[len(head) + 1 :]
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        rows = _rows(text, delimiter)
        return [Section("", "\n".join(labelled_rows(rows)), by_lines=True)]
    except csv.Error:
        return [Section("", text)]


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    lines = text.count("\n") + 1
    rows = csv.reader(StringIO(text), delimiter=delimiter)
    for row in rows:
        report(rows.line_num / lines)
        yield row
