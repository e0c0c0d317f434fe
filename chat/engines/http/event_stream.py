"""Reads a server-sent event stream of JSON, in all shapes that model servers give it.

Pure: bytes in, values out. Beside the standard (comments, `id:`, `retry:`, CRLF, data of several
lines) it takes events without a blank line between them, JSON lines without `data:`, comments and
nothing as data, and a single JSON document, on one line or many.
"""

import json
from collections.abc import Iterator
from enum import Enum

DONE_MARKS = frozenset({"[DONE]", '"[DONE]"', "'[DONE]'"})
FIRST_CHARS = 300


class Mark(Enum):
    DONE = "done"


class MalformedEvent(Exception):
    """What the server sent is no JSON."""


class TooLongEvent(Exception):
    """A line, or a JSON document, is longer than allowed."""


class EventStreamReader:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._line = bytearray()
        # After a carriage return, a line feed belongs to the same line end.
        self._skips_line_feed = False
        # The lines of JSON that is not complete yet.
        self._data: list[str] = []
        self._data_chars = 0
        # Whether that JSON began on a line without `data:`. A blank line does not end it.
        self._is_bare = False
        # The beginning of the stream, and whether anything in it was JSON.
        self.first = ""
        self.has_json = False

    def feed(self, data: bytes) -> Iterator[object]:
        """The values of the events that are complete. Raises `MalformedEvent`, `TooLongEvent`."""
        if len(self.first) < FIRST_CHARS:
            self.first += data[:FIRST_CHARS].decode("utf-8", "replace")
        for part in data.splitlines(keepends=True):
            if self._skips_line_feed and part == b"\n":
                self._skips_line_feed = False
                continue
            self._skips_line_feed = part.endswith(b"\r")
            self._line += part
            if len(self._line) > self._max_bytes:
                raise TooLongEvent
            if part.endswith((b"\n", b"\r")):
                yield from self._take_line()

    def finish(self) -> Iterator[object]:
        yield from self._take_line()
        yield from self._take_data()

    def _take_line(self) -> Iterator[object]:
        # A character whose bytes come in two events is put together later.
        line = self._line.decode("utf-8", "surrogateescape").strip("\ufeff \t\r\n")
        self._line.clear()
        name, _, value = line.partition(":")
        if not line:
            if not self._is_bare:
                yield from self._take_data()
        elif name.rstrip().lower() == "data":
            if self._is_bare:
                yield from self._take_data()
            yield from self._take_value(value.strip())
        elif self._data or line in DONE_MARKS or line.startswith(("{", "[")):
            self._is_bare = self._is_bare or not self._data
            yield from self._take_value(line)
            self._is_bare = self._is_bare and bool(self._data)

    def _take_value(self, value: str) -> Iterator[object]:
        if not self._data:
            # Some proxies wrap the comments that keep a connection alive.
            if not value or value.startswith(":"):
                return
            if value in DONE_MARKS:
                yield Mark.DONE
                return
            try:
                yield self._parse(value)
            except ValueError:
                pass
            else:
                return
        self._data.append(value)
        self._data_chars += len(value)
        if self._data_chars > self._max_bytes:
            raise TooLongEvent

    def _take_data(self) -> Iterator[object]:
        lines, self._data, self._data_chars, self._is_bare = self._data, [], 0, False
        if lines:
            try:
                yield self._parse("\n".join(lines))
            except ValueError:
                raise MalformedEvent from None

    def _parse(self, text: str) -> object:
        try:
            value: object = json.loads(text)
        except RecursionError:
            raise MalformedEvent from None
        self.has_json = True
        return value
