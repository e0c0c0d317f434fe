"""Takes the binary parts of an .xlsb file apart into their records ([MS-XLSB])."""

from __future__ import annotations

from collections.abc import Iterator

Record = tuple[int, bytes]


def records(data: bytes) -> Iterator[Record]:
    """The number of each, and its content."""
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        length, at = _number(data, at, 4)
        yield kind, data[at : at + length]
        at += length


def wide_text(content: bytes, at: int) -> tuple[str, int]:
    """A text after its length, and where it ends."""
    length = int.from_bytes(content[at : at + 4], "little")
    # What is missing has no length.
    length = 0 if length == 0xFFFFFFFF else length
    text = content[at + 4 : at + 4 + 2 * length]
    return text.decode("utf-16-le", "replace"), at + 4 + len(text)


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Of up to so many bytes, of which each but the last has its highest bit set."""
    number = 0
    for place, byte in enumerate(data[at : at + most]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    return number, at + most
