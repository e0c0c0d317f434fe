"""Reading subtitles: what is said, without numbers, times and styles."""

from __future__ import annotations

import pytest

from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section

SRT = """1
00:00:01,000 --> 00:00:04,000
{\\an8}Put the <i>tea</i>

2
00:00:04,500 --> 00:00:07,000
into the pot.

3
00:00:08,000 --> 00:00:09,000
水要烧开。

4
00:03:08,000 --> 00:03:09,000 X1:40
And wait.
"""
VTT = """WEBVTT

STYLE
::cue { color: red }

NOTE by hand

intro
01:02.000 --> 01:04.000 align:start
<v.loud Alice>It <c>is</c> <01:03.000>hot.
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines_are_joined_to_sentences_below_their_time(line_end: str) -> None:
    assert read_file("a.srt", SRT.replace("\n", line_end).encode()) == [
        Section("00:00:01", "Put the tea into the pot.\n水要烧开。"),
        Section("00:03:08", "And wait."),
    ]


def test_notes_and_styles_are_left_out_and_speakers_are_named() -> None:
    assert read_file("a.vtt", VTT.encode()) == [Section("01:02", "Alice: It is hot.")]


def test_what_has_no_times_is_a_text() -> None:
    assert read_file("a.srt", b"Tea.") == [Section("", "Tea.")]
