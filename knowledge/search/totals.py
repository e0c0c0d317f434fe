"""How many chunks knowledge bases have.

Large numbers are kept for a while: counting takes long, and weights hardly depend on the last few.
"""

from __future__ import annotations

import time
from uuid import UUID

from knowledge.index.base import SearchScope
from knowledge.models import Chunk

# Smaller numbers are counted with each search, in less than a millisecond.
LARGE = 10_000
KEPT_S = 300
MAX_KEPT = 1_000

_kept: dict[tuple[UUID, frozenset[UUID]], tuple[float, int]] = {}


def total_chunks(scope: SearchScope) -> int:
    """Of those of the knowledge bases that the owner has."""
    key = scope.owner_id, frozenset(scope.kb_ids)
    counted_at, total = _kept.get(key, (0.0, 0))
    if total and time.monotonic() - counted_at < KEPT_S:
        return total
    chunks = Chunk.objects.filter(
        knowledge_base__owner_id=scope.owner_id, knowledge_base__in=scope.kb_ids
    )
    total = chunks.count()
    if len(_kept) >= MAX_KEPT:
        _kept.clear()
    if total >= LARGE:
        _kept[key] = time.monotonic(), total
    else:
        _kept.pop(key, None)
    return total
