"""Makes code whole again that was divided among chunks: half a program is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from chat.engines.extractive.text_blocks import FENCE, is_code
from knowledge.models import Chunk
from knowledge.search.scored_chunk import ScoredChunk

# Of one section, so many chunks are looked through; and what is joined is not longer.
MAX_CHUNKS, MAX_CHARS = 30, 6_000

Part = tuple[UUID, str]


def with_whole_code(chunks: Sequence[ScoredChunk], owner_id: UUID) -> list[ScoredChunk]:
    """Those that begin or end inside code have the chunks that it goes on in, which are then left
    out themselves."""
    found: list[ScoredChunk] = []
    joined: set[UUID] = set()
    for chunk in chunks:
        if chunk.id in joined:
            continue
        parts = _parts(chunk, owner_id) if _is_divided(chunk.text) else []
        text = "\n".join(text for _, text in parts)
        if len(parts) > 1 and len(text) <= MAX_CHARS:
            joined |= {id for id, _ in parts}
            chunk = replace(chunk, text=text)
        found.append(chunk)
    return found


def _parts(chunk: ScoredChunk, owner_id: UUID) -> list[Part]:
    """The chunks of its section, from the one where its code begins to the one where it ends."""
    rows = Chunk.objects.filter(
        document_id=chunk.document_id,
        knowledge_base__owner_id=owner_id,
        place=chunk.place,
        is_enabled=True,
    ).order_by("position")
    for together in _joined_by_code(rows.values_list("id", "text")[:MAX_CHUNKS]):
        if any(id == chunk.id for id, _ in together):
            return together
    return []


def _joined_by_code(parts: Iterable[Part]) -> Iterator[list[Part]]:
    together: list[Part] = []
    is_open = False
    for part in parts:
        together.append(part)
        is_open ^= _fences(part[1]) % 2 == 1
        if not is_open:
            yield together
            together = []
    if together:
        yield together


def _is_divided(text: str) -> bool:
    fences = _fences(text)
    return fences % 2 == 1 or (not fences and is_code(text.splitlines()))


def _fences(text: str) -> int:
    return sum(FENCE.match(line) is not None for line in text.splitlines())
