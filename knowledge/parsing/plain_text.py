"""Reads plain text in UTF-8, UTF-16 and GB18030."""

import codecs

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.text.section import Section

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(data: bytes) -> list[Section]:
    return [Section("", decode(data))]


def decode(data: bytes) -> str:
    if data.startswith(UTF16_MARKS):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _damaged_utf8(data) or _gb18030(data)


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 with a few bad bytes, as in a truncated file; read as GB18030 it would be nonsense."""
    text = data.decode("utf-8-sig", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - bad
    return text if good > 10 * bad else None


def _gb18030(data: bytes) -> str:
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        raise Unreadable(
            _("The text is neither UTF-8, UTF-16 nor GB18030. Save it as UTF-8 and send it again.")
        ) from None
