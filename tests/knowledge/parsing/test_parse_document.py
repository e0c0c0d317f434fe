"""Parsing a document: caps on what comes out, however little goes in."""

from __future__ import annotations

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing import parse_document as module
from knowledge.parsing import read_file
from knowledge.parsing.parse_document import parse_document


def characters(name: str, data: bytes) -> int:
    return sum(len(chunk.text) for chunk in parse_document(name, data, 1200).chunks)


def test_chunks_have_the_title_and_places_of_the_document() -> None:
    parsed = parse_document("a.md", b"# Tea\nHot.\n## Pot\nRound.", 1200)
    assert parsed.title == "Tea"
    assert [(chunk.place, chunk.text) for chunk in parsed.chunks] == [
        ("Tea", "Hot."),
        ("Tea › Pot", "Round."),
    ]


def test_long_names_of_columns_are_not_repeated_in_full() -> None:
    data = b"A " * 50_000 + b",b\n" + b"1,2\n" * 900
    assert characters("a.csv", data) < 2 * len(data)


def test_a_long_head_of_a_table_is_not_repeated_in_full() -> None:
    row = b"| a | b |\n"
    head = b"| " + b"A " * 50_000 + b"| b |\n|---|---|\n"
    data = head + row * 900
    assert characters("a.md", data) < 2 * len(data)


def test_long_headings_are_not_repeated_in_full() -> None:
    data = b"# " + b"A " * 50_000 + b"\n" + b"## b\nc\n" * 900
    chunks = parse_document("a.md", data, 1200).chunks
    assert sum(len(chunk.place) for chunk in chunks) < 5 * len(data)


def test_a_file_of_too_many_chunks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHUNKS", 3)
    assert parse_document("a.md", b"# a\nb\n" * 3, 1200).chunks
    with pytest.raises(Unreadable, match="more than 50,000 passages"):
        parse_document("a.md", b"# a\nb\n" * 4, 1200)


def test_a_file_of_too_many_characters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_file, "MAX_CHARACTERS", 100)
    with pytest.raises(Unreadable, match="more than 20 million characters"):
        parse_document("a.md", b"# a\nb\n" * 60, 1200)
