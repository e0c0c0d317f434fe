"""One door for files of every format: bytes in, sections of clean text out."""

from collections.abc import Callable

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import delimited, markdown, text
from knowledge.parsing.formats import Format, recognise
from knowledge.parsing.subprocess_reader import read_apart
from knowledge.text.cleaning import clean, clean_line
from knowledge.text.section import Section

# Read right here: no library of somebody else is at work, and the effort grows with the size.
READERS: dict[Format, Callable[[bytes], list[Section]]] = {
    Format.TEXT: text.read,
    Format.MARKDOWN: markdown.read,
    Format.CSV: delimited.read,
}


def read_file(name: str, data: bytes) -> list[Section]:
    """Raises `Unreadable` with a sentence that says why there is no text to be had."""
    if not data.strip():
        raise Unreadable(_("The file is empty."))
    format_ = recognise(name, data)
    read = READERS.get(format_)
    sections = [
        _cleaned(section) for section in (read(data) if read else read_apart(format_, data))
    ]
    sections = [section for section in sections if section.text]
    if not sections:
        raise Unreadable(_("The file has no text."))
    return sections


def _cleaned(section: Section) -> Section:
    return Section(
        clean_line(section.place), clean(section.text).strip("\n"), clean_line(section.title)
    )
