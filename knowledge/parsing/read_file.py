"""Reads a file of any supported format: bytes in, sections of clean text out."""

from importlib import import_module

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import progress, recognition
from knowledge.parsing.formats import OLD_OFFICE, PROTECTED_OFFICE, Format, detect_format
from knowledge.parsing.refusals import NESTED, TOO_DEEP
from knowledge.text.cleaning import clean, clean_line
from knowledge.text.section import Section

MAX_CHARACTERS = 20_000_000
MAX_PLACE = 500
MAX_TITLE = 255


def read_file(name: str, data: bytes) -> list[Section]:
    """Raises `Unreadable` with a sentence that says why no text could be read.

    The libraries for these formats may crash or hang: a server calls `reader_pool` instead.
    """
    if not data.strip():
        raise Unreadable(_("The file is empty."))
    progress.begin()
    try:
        data = _without_known_password(data)
        sections = _read(detect_format(name, data), data)
    except Unreadable:
        raise
    except MemoryError:
        raise Unreadable(_("Reading the file needs too much memory: it is too complex.")) from None
    except RecursionError:
        raise Unreadable(NESTED) from None
    except Exception as error:
        if TOO_DEEP in str(error):
            raise Unreadable(NESTED) from error
        # Each library has a dozen errors of its own for a damaged file.
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from error
    finally:
        recognition.rest()
    if not sections:
        raise Unreadable(_("The file has no text."))
    return sections


def _without_known_password(data: bytes) -> bytes:
    """What Office opens without asking for a password; all else as it is."""
    if not (data.startswith(OLD_OFFICE) and PROTECTED_OFFICE in data):
        return data
    # Imported when it is needed: the ciphers are large.
    package: bytes | None = import_module("knowledge.parsing.office_encryption").decrypted(data)
    return data if package is None else package


def _read(format_: Format, data: bytes) -> list[Section]:
    # Imported when it is first needed: the libraries are large.
    module = import_module(f"knowledge.parsing.{format_}")
    sections: list[Section] = []
    characters = 0
    for section in map(_cleaned, module.read(data)):
        characters += len(section.place) + len(section.text)
        if characters > MAX_CHARACTERS:
            raise Unreadable(
                _("The file has more than 20 million characters. Split it into smaller ones.")
            )
        if section.text:
            sections.append(section)
    return sections


def _cleaned(section: Section) -> Section:
    return Section(
        clean_line(section.place)[:MAX_PLACE],
        clean(section.text).strip("\n"),
        clean_line(section.title)[:MAX_TITLE],
        section.by_lines,
    )
