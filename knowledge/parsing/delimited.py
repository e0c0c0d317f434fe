"""Comma-separated values, and those separated by semicolons, tabs or bars."""

import csv
from io import StringIO

from knowledge.parsing.table_rows import records
from knowledge.parsing.text import decode
from knowledge.text.section import Section

DELIMITERS = ",;\t|"
# A cell may be long, but one that swallows the file has lost its closing quotation mark.
MAX_CELL_CHARACTERS = 131_072


def read(data: bytes) -> list[Section]:
    text = decode(data).replace("\0", "")
    head = text[:4096].partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        return [Section("", "\n".join(records(csv.reader(StringIO(text), delimiter=delimiter))))]
    except csv.Error:
        return [Section("", text)]
