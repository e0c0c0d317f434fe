"""Reads a file of any supported format: bytes in, sections of clean text out."""

from collections.abc import Callable

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import delimited, markdown, plain_text
from knowledge.parsing.formats import Format, detect_format
from knowledge.parsing.subprocess_reader import read_in_subprocess
from knowledge.text.cleaning import clean, clean_line
from knowledge.text.section import Section

# Read in this process: no third-party library parses them, and the cost is linear in the size.
IN_PROCESS_READERS: dict[Format, Callable[[bytes], list[Section]]] = {
    Format.TEXT: plain_text.read,
    Format.MARKDOWN: markdown.read,
    Format.CSV: delimited.read,
}


def read_file(name: str, data: bytes) -> list[Section]:
    """Raises `Unreadable` with a sentence that says why no text could be read."""
    if not data.strip():
        raise Unreadable(_("The file is empty."))
    format_ = detect_format(name, data)
    read = IN_PROCESS_READERS.get(format_)
    raw = read(data) if read else read_in_subprocess(format_, data)
    sections = [section for section in map(_cleaned, raw) if section.text]
    if not sections:
        raise Unreadable(_("The file has no text."))
    return sections


def _cleaned(section: Section) -> Section:
    return Section(
        clean_line(section.place), clean(section.text).strip("\n"), clean_line(section.title)
    )
