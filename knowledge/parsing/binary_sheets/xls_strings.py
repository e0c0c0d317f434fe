"""Reads the texts of .xls files, which may go on in records that follow ([MS-XLS])."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator, Sequence

WIDE, HAS_EXTENSION, HAS_RUNS = 1, 4, 8
CODE_PAGES = {367: "ascii", 1200: "utf-16-le", 10000: "mac_roman", 32768: "mac_roman"}


class Segments:
    """A record and those that it goes on in."""

    def __init__(self, segments: Sequence[bytes]) -> None:
        self._coming = list(reversed(segments))
        self._data, self._at = self._coming.pop(), 0

    def skip(self, count: int) -> None:
        while count > len(self._data) - self._at:
            count -= len(self._data) - self._at
            if not self._go_on():
                return
        self._at += count

    def integer(self, width: int) -> int:
        """Raises `EOFError` at the end."""
        if len(self._data) - self._at < width and not self._go_on():
            raise EOFError
        self._at += width
        return int.from_bytes(self._data[self._at - width : self._at], "little")

    def text(self, length: int) -> str:
        """A text after its length. Each segment says anew how many bytes a character has."""
        flags = self.integer(1)
        runs = self.integer(2) if flags & HAS_RUNS else 0
        extension = self.integer(4) if flags & HAS_EXTENSION else 0
        wide = b""
        while length > 0:
            width = 2 if flags & WIDE else 1
            count = min(length, (len(self._data) - self._at) // width)
            wide += _widened(self._data[self._at : self._at + count * width], width)
            self._at += count * width
            length -= count
            if length > 0:
                if not self._go_on():
                    break
                flags = self.integer(1)
        self.skip(4 * runs + extension)
        return wide.decode("utf-16-le", "replace")

    def _go_on(self) -> bool:
        if not self._coming:
            self._at = len(self._data)
            return False
        self._data, self._at = self._coming.pop(), 0
        return True


def _widened(text: bytes, width: int) -> bytes:
    return text if width == 2 else text.decode("latin-1").encode("utf-16-le")


def shared_strings(segments: Sequence[bytes]) -> Iterator[str]:
    """As many as there are, if the table breaks off."""
    table = Segments(segments)
    try:
        table.skip(4)
        for _ in range(table.integer(4)):
            yield table.text(table.integer(2))
    except EOFError:
        return


def counted_text(content: Sequence[bytes], at: int, code_page: str | None, width: int = 2) -> str:
    """A text with its length of `width` bytes before it: of Excel 5 and 95 in their code page."""
    if code_page is None:
        segments = Segments([content[0][at:], *content[1:]])
        return segments.text(segments.integer(width))
    length = int.from_bytes(content[0][at : at + width], "little")
    data = b"".join([content[0][at + width :], *content[1:]])
    return data[:length].decode(code_page, "replace")


def code_page_name(content: bytes) -> str:
    (number,) = struct.unpack_from("<H", content)
    name = CODE_PAGES.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
