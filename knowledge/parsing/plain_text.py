"""Reads plain text in all usual encodings."""

from knowledge.parsing.encodings import decode
from knowledge.text.section import Section


def read(data: bytes) -> list[Section]:
    return [Section("", decode(data))]
