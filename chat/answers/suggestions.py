"""What to ask next: questions that the documents can answer, made of what lies around an answer.

Each is checked by searching for it as if it had been asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from django.db.models import Q

from chat.answers.references import CITATION
from chat.answers.suggested_questions import SEPARATOR, definitions_asked, question_about
from chat.answers.turn import Turn
from knowledge.models import Chunk
from knowledge.search.retrieval import search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import query_terms

MAX_SUGGESTIONS = 3
# Passages whose surroundings are looked at, and how many on either side of each.
MAX_USED, NEIGHBOURS = 2, 4
MAX_CANDIDATES = 8
# CPU seconds after which no other check is begun: with the last one, it is 30 ms at most, unless a
# single search takes longer.
BUDGET_S = 0.02
# The share of a suggestion that its passage has to cover.
MIN_COVERED = 0.5

# A question, and the ids of the passages that may answer it.
Candidate = tuple[str, frozenset[UUID]]


def suggest(turn: Turn, answer: str, chunks: Sequence[ScoredChunk]) -> list[str]:
    """Up to three, about what the answer did not say. In a thread: it searches."""
    ends_at = time.thread_time() + BUDGET_S
    used = _used(answer, chunks)
    if not used:
        return []
    candidates = islice(_new(turn, _candidates(used)), MAX_CANDIDATES)
    return list(islice(_answerable(turn, candidates, ends_at), MAX_SUGGESTIONS))


def _used(answer: str, chunks: Sequence[ScoredChunk]) -> list[UUID]:
    """The passages that the answer cites, the first first. Files sent along have no neighbours."""
    cited = dict.fromkeys(int(number) for number in CITATION.findall(answer))
    in_bases = [chunks[n].id for n in cited if n < len(chunks) and chunks[n].knowledge_base_id]
    return in_bases[:MAX_USED]


def _candidates(used: Sequence[UUID]) -> Iterator[Candidate]:
    """Headings of the sections nearby, those after a passage before those in front of it, then
    what the passages define."""
    passages = {chunk.id: chunk for chunk in Chunk.objects.filter(id__in=used)}
    own = [passages[id] for id in used if id in passages]
    around = _around(own)
    for chunk in own:
        nearby = [other for other in around if other.document_id == chunk.document_id]
        nearby.sort(
            key=lambda other: (
                other.position < chunk.position,
                abs(other.position - chunk.position),
            )
        )
        by_place: dict[str, set[UUID]] = {}
        for other in nearby:
            by_place.setdefault(other.place, set()).add(other.id)
        for other in nearby:
            ids = frozenset(by_place[other.place])
            if other.place != chunk.place and (
                question := question_about(other.place.split(SEPARATOR)[-1], other.text)
            ):
                yield question, ids
    for chunk in [*own, *around]:
        for question in definitions_asked(chunk.text):
            yield question, frozenset({chunk.id})


def _around(own: Sequence[Chunk]) -> list[Chunk]:
    if not own:
        return []
    near = Q()
    for chunk in own:
        positions = chunk.position - NEIGHBOURS, chunk.position + NEIGHBOURS
        near |= Q(document=chunk.document_id, position__range=positions)
    return list(Chunk.objects.filter(near, is_enabled=True).defer("terms", "title_terms"))


def _new(turn: Turn, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Those that ask something else than what was asked or suggested already."""
    asked = [turn.question, *(past.question for past in turn.history)]
    known = [frozenset(query_terms(question)) for question in asked]
    for question, ids in candidates:
        terms = frozenset(query_terms(question))
        if terms and not any(terms <= other or other <= terms for other in known if other):
            known.append(terms)
            yield question, ids


def _answerable(turn: Turn, candidates: Iterable[Candidate], ends_at: float) -> Iterator[str]:
    """Those for which the search finds their own passage first."""
    for question, ids in candidates:
        if time.thread_time() > ends_at:
            return
        found = search(
            question,
            owner_id=turn.user_id,
            kb_ids=turn.kb_ids,
            doc_ids=turn.doc_ids,
            limit=1,
            threshold=max(turn.similarity_threshold, MIN_COVERED),
        )
        if found and found[0].id in ids:
            yield question
