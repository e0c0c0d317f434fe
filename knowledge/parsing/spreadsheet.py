"""Reads spreadsheets of other kinds than .xlsx: .xls and .xlsb."""

from __future__ import annotations

from knowledge.parsing.binary_sheets.xls import read_xls
from knowledge.parsing.binary_sheets.xlsb import read_xlsb
from knowledge.parsing.zip_package import ZIP
from knowledge.text.section import Section


def read(data: bytes) -> list[Section]:
    return read_xlsb(data) if data.startswith(ZIP) else read_xls(data)
