"""Decodes bytes to text: by what they declare, and by what they look like."""

from __future__ import annotations

import codecs
import re
import unicodedata
from itertools import pairwise

from chardet import UniversalDetector

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.latin_encodings import latin_encoding

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# UTF-32 comes first: its mark in little endian begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What switches between alphabets in encodings of seven bits, which are valid UTF-8, too.
KOREAN = b"\x1b$)C"
ESCAPES = ((b"\x1b$B", "iso2022_jp_ext"), (b"\x1b$@", "iso2022_jp_ext"), (KOREAN, "iso2022_kr"))
DETECTED_BYTES = 200_000
# As browsers do, encodings are taken for their supersets.
SUPERSETS = {
    **dict.fromkeys(("iso8859-1", "ascii", "latin-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "hz"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift_jis_2004", "shift_jisx0213"), "cp932"),
    **dict.fromkeys(("euc_kr",), "cp949"),
    **dict.fromkeys(("big5",), "big5hkscs"),
    **dict.fromkeys(("tis-620", "iso8859-11"), "cp874"),
    **dict.fromkeys(("iso8859-9",), "cp1254"),
}
# Python has them for other uses.
NO_ENCODINGS_OF_FILES = {
    *("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "mbcs"),
}
XML_DECLARATION = re.compile(rb"""^\s*+<\?xml\b[^<>]*?encoding\s*+=\s*+["']([\w.:-]+)""")
META_CHARSET = re.compile(rb"""<meta\b[^<>]*?charset\s*+=\s*+["']?\s*+([\w.:-]+)""", re.IGNORECASE)
# The head of a page may begin with long scripts.
HEAD_BYTES = 65_536
# Of the characters that are no ASCII: so many may be impossible before a guess counts as wrong.
MAX_UNLIKELY = 0.05
NOT_IN_TEXT = {"Cc", "Cn", "Co", "Cs"}
CONTROL_BYTE = re.compile(rb"[\x00-\x08]")
# What UTF-16 and UTF-32 are recognised by: letters of one block, and the spaces between them.
USUAL = re.compile(
    r"[\t\n\r -~\xa0-\u052f\u0590-\u06ff\u0900-\u0e7f\u1e00-\u206f\u3000-\u30ff"
    r"\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]+"
)
USUAL_SHARE = 0.95
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
# Two Chinese characters are too little for a detector: they are read as the usual ones they are.
GB2312_COMMON = re.compile(rb"(?:[\xb0-\xd7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe])+")
FEW, MANY = 4, 20
# Nonsense is valid in these, too. But most characters of a text are among the usual ones, which
# come first in the character set of its language: up to this byte.
USUAL_FIRST = {
    "gb18030": ("gb2312", 0xD7),
    "big5hkscs": ("big5", 0xC6),
    "cp932": ("euc_jp", 0xCF),
    "euc_jp": ("euc_jp", 0xCF),
    "cp949": ("euc_kr", 0xC8),
}
MIN_USUAL = 0.6
MAX_DAMAGED = 0.01


def decode(data: bytes, fallback: str | None = None) -> str:
    """Raises `Unreadable` if no encoding is likely, unless there is a `fallback`."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    for escape, encoding in ESCAPES:
        if escape in data[:DETECTED_BYTES] and (text := _strict(data, encoding)):
            return text
    if (text := _without_mark(data)) or (text := _strict(data, "utf-8")) is not None:
        return text
    declared = _declared(data)
    if declared and (text := _likely(data, declared, is_declared=True)):
        return text
    if text := _damaged_utf8(data) or _guessed(data):
        return text
    if fallback:
        return data.decode(fallback, errors="replace")
    raise Unreadable(
        _("The encoding of the text is not recognised. Save it as UTF-8 and send it again.")
    )


def has_control_bytes(data: bytes) -> bool:
    """Whether the encoding of this text is full of NULs or of shifts, as binary files are."""
    by_start = data.startswith((*UTF16_MARKS, codecs.BOM_UTF32_BE)) or KOREAN in data[:4096]
    return by_start or _without_mark(data) is not None


def _without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: its spaces or full stops have bytes of no other text."""
    sample = data[:4096]
    if len(data) < 4 or not CONTROL_BYTE.search(sample):
        return None
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if len(data) % width == 0 and (text := _strict(data, encoding)):
            head = text[:2048]
            usual = sum(map(len, USUAL.findall(head)))
            if usual >= USUAL_SHARE * len(head) and _is_likely(text):
                return text
    return None


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _declared(data: bytes) -> str | None:
    found = XML_DECLARATION.search(data[:1024]) or META_CHARSET.search(data[:HEAD_BYTES])
    return found[1].decode() if found else None


def _guessed(data: bytes) -> str | None:
    sample = data[:DETECTED_BYTES]
    special = HIGH_BYTES.findall(sample)
    count = sum(map(len, special))
    if count <= FEW and all(map(GB2312_COMMON.fullmatch, special)):
        return _likely(data, "gb18030")
    # In the scripts that need two bytes for a character, hardly any such byte is alone.
    are_alone = count <= 1.5 * len(special)
    if count <= MANY and are_alone:
        return _likely(data, latin_encoding(sample))
    detector = UniversalDetector(max_bytes=DETECTED_BYTES)
    detector.feed(sample)
    text = _likely(data, detector.close()["encoding"])
    return _likely(data, latin_encoding(sample)) if text is None and are_alone else text


def _likely(data: bytes, encoding: str | None, *, is_declared: bool = False) -> str | None:
    """The text in that encoding, with a few damaged characters; None if it is nonsense.

    What is declared may have rare characters, unless some are damaged.
    """
    try:
        # Old pages write "x-sjis".
        name = codecs.lookup((encoding or "").lower().removeprefix("x-")).name
        if name in NO_ENCODINGS_OF_FILES:
            return None
        name = SUPERSETS.get(name, name)
        text = data.decode(name, errors="replace")
    except (LookupError, UnicodeError):
        return None
    special = len(text) - len(text.encode("ascii", "ignore"))
    damaged = text.count("\ufffd")
    if damaged > MAX_DAMAGED * special or not _is_likely(text):
        return None
    is_trusted = is_declared and not damaged
    return text if is_trusted or _has_usual_characters(text, name) else None


def _has_usual_characters(text: str, encoding: str) -> bool:
    if encoding not in USUAL_FIRST:
        return True
    charset, last = USUAL_FIRST[encoding]
    wide = [character for character in text[:DETECTED_BYTES] if "\u4e00" <= character <= "\ud7a3"]
    encoded = [character.encode(charset, "ignore") for character in wide]
    usual = sum(len(code) == 2 and code[0] <= last for code in encoded)
    return usual >= MIN_USUAL * len(wide)


def _is_likely(text: str) -> bool:
    """Whether few characters of the first part are ones that no text has, or stand as in none."""
    head = text[:DETECTED_BYTES]
    special = [character for character in head if character > "\x7f"]
    unlikely = sum(unicodedata.category(character) in NOT_IN_TEXT for character in special)
    unlikely += sum(_is_odd(a, b) for a, b in pairwise(head) if min(a, b) > "\x7f")
    return unlikely <= MAX_UNLIKELY * len(special)


def _is_odd(left: str, right: str) -> bool:
    """Like "éÉ" or "é¶": words have capitals at their start or all over, and no symbols inside."""
    if left.isalpha() and right.isalpha():
        return left.islower() and right.isupper()
    return left.isalpha() and unicodedata.category(right)[0] == "S"


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 with a few bad bytes, as in a truncated file; in another encoding it is nonsense."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - bad
    return text if good > 10 * bad else None
