"""Takes the streams out of an old Office file (OLE), which is a small file system ([MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _

HEADER_BYTES, ENTRY_BYTES = 512, 128
# The header has the first places of the table of sectors.
PLACES_AT, PLACES = 76, 109
ROOT, STREAM = 5, 2


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    first: int
    size: int


class CompoundFile:
    """Raises `struct.error` if the header breaks off."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        self._size, self._mini_size = 1 << min(shift, 16), 1 << min(mini_shift, 16)
        first_entry, _, self._small = struct.unpack_from("<III", data, 48)
        first_mini, _, first_places = struct.unpack_from("<III", data, 60)
        self._next = self._table(first_places)
        entries = list(self._entries(self._chain(first_entry)))
        self._streams: Mapping[str, _Entry] = {
            entry.name.casefold(): entry for entry in reversed(entries) if entry.kind == STREAM
        }
        root = next((entry for entry in entries if entry.kind == ROOT), None)
        self._mini = self._chain(root.first) if root else b""
        self._mini_next = _integers(self._chain(first_mini))

    def stream(self, *names: str) -> bytes:
        """The first of these that is there, in capitals or not; empty if none is.

        Raises `Unreadable` if it breaks off.
        """
        found = (self._streams.get(name.casefold()) for name in names)
        entry = next(filter(None, found), None)
        if entry is None:
            return b""
        content = self._chain(entry.first) if entry.size >= self._small else self._tiny(entry.first)
        if len(content) < entry.size:
            raise Unreadable(_("The file is damaged: it breaks off or was changed."))
        return content[: entry.size]

    def _tiny(self, first: int) -> bytes:
        size = self._mini_size
        numbers = _followed(first, self._mini_next)
        return b"".join(self._mini[at * size : (at + 1) * size] for at in numbers)

    def _table(self, more: int) -> Sequence[int]:
        """Which sector follows on each."""
        places = list(struct.unpack_from(f"<{PLACES}I", self._data, PLACES_AT))
        seen: set[int] = set()
        while (sector := self._sector(more)) and more not in seen:
            seen.add(more)
            *found, more = _integers(sector)
            places += found
        # A sector of the table that is named again makes no file larger.
        return _integers(b"".join(map(self._sector, dict.fromkeys(places))))

    def _sector(self, number: int) -> bytes:
        start = max(HEADER_BYTES, self._size) + number * self._size
        return self._data[start : start + self._size]

    def _chain(self, first: int) -> bytes:
        return b"".join(map(self._sector, _followed(first, self._next)))

    def _entries(self, directory: bytes) -> Iterator[_Entry]:
        for at in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", directory, at + 116)
            yield _Entry(name, kind, first, size)


def _followed(number: int, table: Sequence[int]) -> Iterator[int]:
    seen: set[int] = set()
    while number < len(table) and number not in seen:
        seen.add(number)
        yield number
        number = table[number]


def _integers(data: bytes) -> Sequence[int]:
    count = len(data) // 4
    return struct.unpack(f"<{count}I", data[: count * 4])
