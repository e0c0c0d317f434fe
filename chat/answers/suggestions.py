"""What to ask next: questions that the documents can answer, made of what lies around an answer,
or around what is nearest to a question that they do not answer.

Each is checked by retrieving for it as if it had been asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from uuid import UUID

from django.db.models import Q

from chat.answers.references import CITATION
from chat.answers.retrieval import retrieve
from chat.answers.suggested_questions import definitions_asked, question_about
from chat.answers.turn import Turn
from chat.questions.language import has_chinese
from knowledge.models import Chunk, Document
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import query_terms
from knowledge.text.places import last_heading

MAX_SUGGESTIONS = 3
# Passages whose surroundings are looked at, and how many on either side of each.
MAX_USED, NEIGHBOURS = 2, 4
# Where nothing was cited: passages that are looked at themselves, and documents, if there are none.
MAX_NEAREST, MAX_DOCUMENTS = 4, 40
MAX_CANDIDATES = 8
# CPU seconds after which no other check is begun: with the last one, it is 60 ms at most, unless a
# single search takes longer.
BUDGET_S = 0.04
# The share of a suggestion that its passage has to cover.
MIN_COVERED = 0.5

# A question, and the ids of the passages that may answer it.
Candidate = tuple[str, frozenset[UUID]]


def suggest(turn: Turn, answer: str, chunks: Sequence[ScoredChunk]) -> list[str]:
    """Up to three, about what the answer did not say; after a refusal, about what the documents
    have instead. In a thread: it searches."""
    ends_at = time.thread_time() + BUDGET_S
    if used := _used(answer, chunks):
        candidates = _candidates(used)
    elif CITATION.search(answer):
        # Of files sent along, which have no neighbours.
        return []
    else:
        candidates = _instead(turn, chunks)
    likely = islice(_new(turn, _own_language_first(turn, candidates)), MAX_CANDIDATES)
    return list(islice(_answerable(turn, likely, ends_at), MAX_SUGGESTIONS))


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
                question := question_about(last_heading(other.place), other.text)
            ):
                yield question, ids
    for chunk in [*own, *around]:
        for question in definitions_asked(chunk.text):
            yield question, frozenset({chunk.id})


def _instead(turn: Turn, chunks: Sequence[ScoredChunk]) -> Iterator[Candidate]:
    """What the passages found are about, then their surroundings; if none makes a question in the
    language of the one that was asked, what the documents begin with."""
    nearest = [chunk.id for chunk in chunks if chunk.knowledge_base_id][:MAX_NEAREST]
    passages = {chunk.id: chunk for chunk in Chunk.objects.filter(id__in=nearest, is_enabled=True)}
    yield from _about_themselves(passages[id] for id in nearest if id in passages)
    yield from _candidates(nearest[:MAX_USED])
    yield from _about_themselves(_beginnings(turn))


def _about_themselves(passages: Iterable[Chunk]) -> Iterator[Candidate]:
    for chunk in passages:
        ids = frozenset({chunk.id})
        heading = last_heading(chunk.place)
        if question := question_about(heading, chunk.text):
            yield question, ids
        for question in definitions_asked(chunk.text):
            yield question, ids


def _beginnings(turn: Turn) -> list[Chunk]:
    documents = Document.objects.filter(
        knowledge_base__owner_id=turn.user_id, knowledge_base_id__in=turn.kb_ids, chunk_count__gt=0
    )
    if turn.doc_ids:
        documents = documents.filter(id__in=turn.doc_ids)
    ids = list(documents.values_list("id", flat=True)[:MAX_DOCUMENTS])
    found = Chunk.objects.filter(document_id__in=ids, position=0, is_enabled=True)
    return list(found.defer("terms", "title_terms"))


def _own_language_first(turn: Turn, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The other language only if the documents have nothing in that of the question."""
    is_chinese, others, is_found = has_chinese(turn.question), [], False
    for candidate in candidates:
        if has_chinese(candidate[0]) == is_chinese:
            is_found = True
            yield candidate
        else:
            others.append(candidate)
    if not is_found:
        yield from others


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
    """Those for which the search finds their own passage first, and that would not be refused."""
    alone = replace(
        turn, history=(), files=(), similarity_threshold=max(turn.similarity_threshold, MIN_COVERED)
    )
    for question, ids in candidates:
        if time.thread_time() > ends_at:
            return
        found = retrieve(replace(alone, question=question))
        is_own = bool(found.chunks) and found.chunks[0].id in ids
        if is_own and found.confidence >= turn.answer_threshold:
            yield question
