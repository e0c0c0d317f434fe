"""Reads subtitles (SubRip, WebVTT): what is said, under the time at which it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.parsing.encodings import decode
from knowledge.parsing.headings import SectionBuilder
from knowledge.parsing.progress import counted
from knowledge.text.section import Section

BLANK_LINES = re.compile(r"\n[ \t]*+\n\s*+")
TIMES = re.compile(r"[ \t]*+((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}[ \t]*+-->")
SPEAKER = re.compile(r"<v(?:\.[^<>\s]*+)?[ \t]++([^<>\n]++)>")
# Italics and colours, places on the screen, and the times of single words.
MARKUP = re.compile(r"</?[a-z][^<>\n]*+>|<[\d:.]++>|\{\\[^{}\n]*+\}")
SECTION_S = 120


def read(data: bytes) -> list[Section]:
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    cues = list(_cues(text))
    if not cues:
        return [Section("", text)]
    builder = SectionBuilder()
    began: int | None = None
    spoken: list[str] = []
    for time, line in counted(cues):
        # What goes on in small letters is one sentence with what was said before.
        if spoken and line[:1].islower():
            spoken.append(line)
            continue
        builder.add_line(" ".join(spoken))
        spoken = [line]
        if began is None or _seconds(time) - began >= SECTION_S:
            began = _seconds(time)
            builder.add_heading(1, time)
    builder.add_line(" ".join(spoken))
    return [Section(section.place, section.text) for section in builder.sections()]


def _cues(text: str) -> Iterator[tuple[str, str]]:
    """When each begins, and what it says in one line; notes and styles have no time."""
    for block in BLANK_LINES.split(text):
        lines = block.split("\n")
        at = next((at for at, line in enumerate(lines[:3]) if TIMES.match(line)), None)
        if at is not None and (times := TIMES.match(lines[at])):
            said = SPEAKER.sub(r"\1: ", " ".join(lines[at + 1 :]))
            if line := " ".join(MARKUP.sub("", said).split()):
                yield times[1], line


def _seconds(time: str) -> int:
    seconds = 0
    for part in time.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds
