"""Parses a document: bytes in, title and chunks out. A server leaves it to a reader process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.read_file import read_file
from knowledge.text.chunking import TextChunk, split_into_chunks

MAX_CHUNKS = 50_000


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    # As the document itself says it; may be empty.
    title: str
    chunks: Sequence[TextChunk]


def parse_document(name: str, data: bytes, chunk_chars: int) -> ParsedDocument:
    """Raises `Unreadable` with a sentence that says why no text could be read."""
    sections = read_file(name, data)
    chunks = list(islice(split_into_chunks(sections, chunk_chars), MAX_CHUNKS + 1))
    if len(chunks) > MAX_CHUNKS:
        raise Unreadable(_("The file has more than 50,000 passages. Split it into smaller ones."))
    return ParsedDocument(sections[0].title, chunks)
