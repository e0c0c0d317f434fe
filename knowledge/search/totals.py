"""How many chunks knowledge bases have, and how many of them have a term.

Large numbers are kept for a while: counting takes long, and weights hardly depend on the last few.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from knowledge.index.base import Index, SearchScope
from knowledge.models import Chunk

# Smaller numbers are counted with each search, in less than a millisecond.
LARGE = 1_000
KEPT_S = 300
MAX_KEPT = 1_000
# The same for the chunks that have a term.
COMMON = 100
MAX_KEPT_TERMS = 50_000

Bases = tuple[UUID, frozenset[UUID]]

_kept: dict[Bases, tuple[float, int]] = {}
_kept_terms: dict[tuple[Bases, str], tuple[float, int]] = {}


def total_chunks(scope: SearchScope) -> int:
    """Of those of the knowledge bases that the owner has."""
    key = _bases(scope)
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


def term_counts(index: Index, terms: Sequence[str], scope: SearchScope) -> Mapping[str, int]:
    """As `index.counts`."""
    now, bases = time.monotonic(), _bases(scope)
    known = {}
    for term in terms:
        counted_at, count = _kept_terms.get((bases, term), (0.0, 0))
        if count and now - counted_at < KEPT_S:
            known[term] = count
    missing = [term for term in terms if term not in known]
    counted = index.counts(missing, scope) if missing else {}
    if len(_kept_terms) >= MAX_KEPT_TERMS:
        _kept_terms.clear()
    common = {term: count for term, count in counted.items() if count >= COMMON}
    _kept_terms.update({(bases, term): (now, count) for term, count in common.items()})
    return {**known, **counted}


def _bases(scope: SearchScope) -> Bases:
    return scope.owner_id, frozenset(scope.kb_ids)
