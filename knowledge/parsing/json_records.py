"""Reads JSON and JSON Lines: each record a paragraph, each value after the names it is under."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knowledge.parsing.encodings import decode
from knowledge.parsing.progress import counted
from knowledge.text.places import place_of
from knowledge.text.section import Section

# A value repeats so many names, cut to that length: what is deeper is known by its last names.
MAX_NAMES = 3
MAX_NAME = 60
# Pictures and keys written as text.
BLOB = re.compile(r"(?:data:[\w/+.;-]{1,100},)?[A-Za-z0-9+/=_-]{500,}")
TITLES = ("title", "name")


def read(data: bytes) -> list[Section]:
    """What is no JSON stays the text that it is: settings with comments, a file that breaks off."""
    text = decode(data)
    try:
        value = json.loads(text)
    except ValueError:
        return [Section("", "\n\n".join(_lines(text)))]
    if not isinstance(value, dict):
        return [Section("", _described(value))]
    title = next((value[key] for key in TITLES if isinstance(value.get(key), str)), "")
    plain = {key: part for key, part in value.items() if not isinstance(part, (dict, list))}
    sections = [Section("", _described(plain), title)]
    for key, part in counted(list(value.items())):
        if key not in plain:
            sections.append(Section(key, _described(part), title))
    # Where all values are empty, the names are what it says.
    return [section for section in sections if section.text] or [Section("", text)]


def _lines(text: str) -> Iterator[str]:
    """JSON Lines if the first line is JSON; the others are text otherwise."""
    lines = text.splitlines()
    if not lines or not lines[0].lstrip().startswith(("{", "[")) or _parsed(lines[0]) is None:
        yield text
        return
    for line in counted(lines):
        value = _parsed(line)
        yield line if value is None else _described(value)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _described(value: Any) -> str:
    return "\n".join(_values(value, ())).strip("\n")


def _values(value: Any, names: Sequence[str]) -> Iterator[str]:
    match value:
        case dict():
            yield from _members(value, names)
        case [*items] if items and all(isinstance(item, (str, int, float)) for item in items):
            yield _line(names, ", ".join(filter(None, map(_scalar, items))))
        case [*items]:
            for item in counted(items):
                yield from _values(item, names)
                # A blank line: each record is a paragraph.
                if isinstance(item, dict) and len(names) < 1:
                    yield ""
        case _:
            if text := _scalar(value):
                yield _line(names, text)


def _members(value: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    for key, member in value.items():
        yield from _values(member, (*names[1 - MAX_NAMES :], " ".join(key.split())[:MAX_NAME]))


def _line(names: Sequence[str], text: str) -> str:
    return f"{place_of(names)}: {text}" if names else text


def _scalar(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return "" if BLOB.fullmatch(value) else value.strip()
        case _:
            return str(value)
