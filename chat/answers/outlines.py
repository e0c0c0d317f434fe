"""Finds what no search for words finds: the parts of a document that is asked about as a whole, and
the sections that are what a question wants a list of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from chat.answers.cited_before import Cited
from chat.answers.turn import Turn
from chat.questions.language import has_chinese
from chat.questions.list_questions import KIND, how_many_wanted, list_topic, wants_kinds
from chat.questions.overview_questions import (
    asks_for_a_whole,
    is_named_by,
    names_nothing,
    topic_terms,
)
from knowledge.search.by_id import chunks_by_id
from knowledge.search.outlines import NamedDocument, Place, documents_in, first_chunks, outline
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import query_terms, text_terms

# So many parts of one document are told, or so many documents.
MAX_PARTS = 5
# Documents in which sections are looked for, and how many names are listed at least and at most.
MAX_SEARCHED, MIN_LISTED, MAX_LISTED = 3, 3, 40
# Of the sections that are listed, so many are shown as sources.
MAX_SHOWN = 4
# The share of what is asked for that the heading above them has to have.
MIN_COVERED = 0.6


@dataclass(frozen=True, slots=True)
class Sections:
    """Headings of sections that are next to each other, and how the first ones begin."""

    names: Sequence[str]
    chunks: Sequence[ScoredChunk]


def parts_asked_for(turn: Turn, question: str, before: Cited | None) -> list[ScoredChunk]:
    """How the parts of a document begin, or all documents, if none is named and none was cited
    before; empty if the question asks for something else, or names something that is none."""
    named_nothing = names_nothing(question)
    if not named_nothing and not asks_for_a_whole(question):
        return []
    documents = documents_in(turn.user_id, turn.kb_ids, turn.doc_ids)
    if not named_nothing:
        documents = _named(question, documents)
    elif before:
        cited = before.chunks[0].document_id
        documents = [document for document in documents if document.id == cited]
    if len(documents) == 1:
        return existing(turn, _parts(outline(documents[0].id, turn.user_id)))
    beginnings = existing(turn, first_chunks([each.id for each in documents], turn.user_id))
    own = [each for each in beginnings if has_chinese(each.text) == has_chinese(question)]
    return (own or beginnings)[:MAX_PARTS]


def sections_asked_for(turn: Turn, question: str, found: Sequence[ScoredChunk]) -> Sections | None:
    """Of the documents in which something was found; those in the language of the question are
    preferred."""
    chinese = has_chinese(question)
    documents = dict.fromkeys(
        chunk.document_id
        for chunk in sorted(found, key=lambda chunk: has_chinese(chunk.text) != chinese)
    )
    for document_id in [*documents][:MAX_SEARCHED]:
        places = outline(document_id, turn.user_id)
        if best := max(_listed(question, places), key=lambda each: each[0], default=None):
            _, names = best
            ids = [*names.values()][:MAX_SHOWN]
            return Sections([*names], existing(turn, ids))
    return None


def _named(question: str, documents: Sequence[NamedDocument]) -> list[NamedDocument]:
    """The one whose name is told by the topic with the fewest words left."""
    topic = topic_terms(question)
    names = {document: frozenset(text_terms(document.name)) for document in documents}
    fitting = [document for document in documents if topic and is_named_by(topic, names[document])]
    return sorted(fitting, key=lambda document: len(names[document] - {*topic}))[:1]


def existing(turn: Turn, ids: Sequence[UUID]) -> list[ScoredChunk]:
    """The chunks with these ids that may be quoted, in this order."""
    found = chunks_by_id(ids, owner_id=turn.user_id, kb_ids=turn.kb_ids, doc_ids=turn.doc_ids)
    return [found[id] for id in ids if id in found]


def _parts(places: Sequence[Place]) -> list[UUID]:
    """The first chunk, and the first ones of sections that are spread over the document."""
    starts: dict[tuple[str, ...], UUID] = {}
    for place in places:
        starts.setdefault(place.path[:2], place.chunk_id)
    # Without headings, every chunk is a part.
    ids = [*starts.values()] if len(starts) > 1 else [place.chunk_id for place in places]
    if len(ids) <= MAX_PARTS:
        return ids
    return [ids[number * len(ids) // MAX_PARTS] for number in range(MAX_PARTS)]


def _listed(question: str, places: Sequence[Place]) -> Iterator[tuple[float, dict[str, UUID]]]:
    """For each heading that says what is asked for: how much of it, and the headings below, with
    the first chunk of each."""
    topic, of_kinds = list_topic(question), wants_kinds(question)
    below: dict[tuple[str, ...], dict[str, UUID]] = {}
    for place in places:
        for depth in range(1, len(place.path)):
            below.setdefault(place.path[:depth], {}).setdefault(place.path[depth], place.chunk_id)
    wanted = how_many_wanted(question)
    for path, names in below.items():
        if not MIN_LISTED <= len(names) <= MAX_LISTED or (wanted and len(names) != wanted):
            continue
        fit = _fit(topic, of_kinds, path, [*names])
        if fit >= MIN_COVERED:
            yield fit, names


def _fit(topic: Sequence[str], of_kinds: bool, path: Sequence[str], names: Sequence[str]) -> float:
    """The share of the topic in a heading that says nothing else. A document about tea is divided
    into what there is to say of tea: only if none of its headings names the topic, they may be
    what is asked for."""
    own = query_terms(KIND.sub(" ", path[-1].casefold()))
    said = frozenset(text_terms(" ".join(path)))
    is_kind = bool(KIND.search(path[-1].casefold()))
    if of_kinds and not is_kind:
        return 0.0
    if not of_kinds and not _says_only(own, topic):
        return 0.0
    if len(path) == 1 and any({*topic} & {*text_terms(name)} for name in names):
        return 0.0
    return sum(term in said for term in topic) / len(topic) if topic else 0.0


def _says_only(own: Sequence[str], topic: Sequence[str]) -> bool:
    """Whether a heading says nothing else. Pairs of Chinese characters may be other ones though
    each character is the same: "世界上的名桥" has those of "世界上著名的桥"."""
    characters = {character for term in topic if has_chinese(term) for character in term}
    return all(term in topic or (has_chinese(term) and {*term} <= characters) for term in own)
