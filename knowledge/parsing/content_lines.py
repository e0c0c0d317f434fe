"""Reads contacts (vCard) and calendars (iCalendar): their lines made whole, without pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from quopri import decodestring

from knowledge.parsing.encodings import decode
from knowledge.parsing.progress import counted
from knowledge.text.section import Section

# A line goes on in the next one after a space, and in version 2.1 after a sign of equality.
FOLD = re.compile(r"\r?\n[ \t]")
LINE = re.compile(r"([\w.-]++(?:;[^:;\"]*+(?:\"[^\"]*+\"[^:;\"]*+)*+)*+):(.*+)")
ESCAPED = re.compile(r"\\([nN,;\\])")
CHARSET = re.compile(r"CHARSET=([\w.:-]+)", re.IGNORECASE)
BLOB = re.compile(r"(?:data:[\w/+.;-]{1,100},)?[A-Za-z0-9+/=\s]{200,}")
QUOTED = "QUOTED-PRINTABLE"
ENDS = "END"


def read(data: bytes) -> list[Section]:
    """Each person, event or task is a paragraph."""
    lines = FOLD.sub("", decode(data)).splitlines()
    shown = [_shown(line) for line in _whole(counted(lines))]
    return [Section("", "\n".join(line for line in shown if line is not None))]


def _whole(lines: Iterable[str]) -> Iterator[str]:
    parts: list[str] = []
    for line in lines:
        goes_on = line.endswith("=") and (bool(parts) or QUOTED in line.partition(":")[0].upper())
        parts.append(line[:-1] if goes_on else line)
        if not goes_on:
            yield "".join(parts)
            parts.clear()
    yield "".join(parts)


def _shown(line: str) -> str | None:
    """None for a picture, or a key."""
    found = LINE.fullmatch(line)
    if not found:
        return line
    name, value = found.groups()
    if QUOTED in name.upper():
        value = _unquoted(name, value)
    if BLOB.fullmatch(value):
        return None
    # A blank line ends what belongs together.
    return f"{name}: {ESCAPED.sub(_plain, value)}" + "\n" * (name.upper() == ENDS)


def _unquoted(name: str, value: str) -> str:
    charset = CHARSET.search(name)
    data = decodestring(value.encode())
    try:
        return data.decode(charset[1] if charset else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data, fallback="cp1252")


def _plain(escaped: re.Match[str]) -> str:
    return " " if escaped[1] in "nN" else escaped[1]
