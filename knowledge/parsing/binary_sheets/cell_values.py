"""What the cells of binary workbooks show: the same as those of .xlsx files."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.parsing.office.number_formats import BUILT_IN, general, shown

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


@dataclass(frozen=True, slots=True)
class CellTexts:
    """What cells share: formats, strings, and before Excel 97 a code page."""

    write_number: Callable[[float, int], str]
    strings: Sequence[str]
    code_page: str | None = None

    def string(self, at: int) -> str:
        return self.strings[at] if at < len(self.strings) else ""


def error(code: int) -> str:
    return ERRORS.get(code, "#N/A")


def boolean(value: int) -> str:
    return "TRUE" if value else "FALSE"


def number_writer(
    own: Mapping[int, str], styles: Sequence[int], since_1904: bool
) -> Callable[[float, int], str]:
    """Shows a number in a style. `own` are the formats of the file, `styles` their numbers."""
    formats = {**BUILT_IN, **own}
    codes = [formats.get(number, "") for number in styles]

    @lru_cache(100_000)
    def write(number: float, style: int) -> str:
        code = codes[style] if style < len(codes) else ""
        # No number at all: damaged, or written by a program that has no empty results.
        if number - number != 0:
            return ""
        return shown(number, code, since_1904) if code else general(number)

    return write


def real_number(content: bytes, at: int = 0) -> float:
    number: float = struct.unpack_from("<d", content, at)[0]
    return number


def short_number(packed: int) -> float:
    """A number in 30 bits: a whole one, or the upper half of another, perhaps times a hundred."""
    if packed & 2:
        number: float = (packed >> 2) - (1 << 30 if packed >> 31 else 0)
    else:
        (number,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return number / 100 if packed & 1 else number
