"""Retrieves what the kind of a question needs, and a search for its words may rank too low: what
defines its subject, what tells how something is done, what stands below a heading that asks the
same, one chunk about each of two things, the sections that it wants a list of.

One wide search finds what all of this is taken from; the usual results are its best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from chat.answers.named_documents import about_named_documents
from chat.answers.outlines import Sections, existing, sections_asked_for
from chat.answers.turn import Turn
from chat.answers.turn_search import evidence_of, search_for
from chat.engines.extractive.definitions import defines
from chat.engines.extractive.enumerations import count_items
from chat.questions.identifiers import identifiers_of, unknown_identifiers
from chat.questions.language import has_chinese, is_foreign
from chat.questions.list_questions import how_many_wanted
from chat.questions.question_kinds import AskedFor, QuestionKind, is_question, kind_of
from chat.questions.same_questions import (
    SURELY_THE_SAME,
    knows_all_of,
    reads_as_question,
    same_questions,
)
from knowledge.embedding.sentence_vectors import similarities
from knowledge.search.outlines import Place, all_places, outline
from knowledge.search.scored_chunk import ScoredChunk

# How many chunks are looked through, and how many of them are taken at most.
LIKELY, MAX_LIKELY = 20, 2
# So many headings are compared: of all documents, if they have so few chunks, or of so many.
MAX_CHUNKS, MAX_DOCUMENTS, MAX_HEADINGS = 1_000, 8, 600
# From which similarity on a heading tells how to do what is asked, or asks the same.
MIN_HEADING_SIMILARITY, MIN_SAME_QUESTION = 0.45, 0.5
# A chunk in the language of the question comes before those in another one if it has so much of its
# words, or is nearly as near in meaning.
ENOUGH_WORDS, NEARLY = 0.3, 0.15


# No slots, for what is read only once.
@dataclass(frozen=True)
class KindSearch:
    """What a search found for a question of a kind: the best chunks, and as many more as are looked
    through for what its kind needs."""

    turn: Turn
    question: str
    asked: AskedFor
    likely: Sequence[ScoredChunk] = field(repr=False)

    @cached_property
    def places(self) -> Sequence[Place]:
        return _places(self.turn, self.likely)

    @property
    def foreign(self) -> list[ScoredChunk]:
        """The best ones in another language than the question, if there are others before them."""
        if not self.likely or is_foreign(self.likely[0].text, self.question):
            return []
        found = [chunk for chunk in self.likely if is_foreign(chunk.text, self.question)]
        return found[: self.turn.top_n]

    @property
    def best(self) -> list[ScoredChunk]:
        """What defines the subject comes first: its words may be so usual that others are before
        it."""
        found = self.likely[: self.turn.top_n]
        if self.asked.kind is not QuestionKind.DEFINITION:
            return [*found]
        chunks = {chunk.id: chunk for chunk in (*self._defining(), *found)}
        return [*chunks.values()][: self.turn.top_n]

    def besides(self) -> list[ScoredChunk]:
        """What the answer needs besides the best chunks, and is no part of what is judged."""
        match self.asked.kind:
            case QuestionKind.BOTH:
                return [
                    chunk
                    for subject in self.asked.subjects
                    for chunk in search_for(self.turn, subject, 1)
                ]
            case QuestionKind.STEPS:
                return self._below_similar_headings(MIN_HEADING_SIMILARITY)
            case QuestionKind.LIST if wanted := how_many_wanted(self.question):
                return self._enumerating(wanted)
            case QuestionKind.DECISION | QuestionKind.FACT:
                return self._below_similar_headings(MIN_SAME_QUESTION, only_questions=True)
        return []

    def _enumerating(self, wanted: int) -> list[ScoredChunk]:
        """Chunks that name so many things in one sentence."""
        return [
            chunk
            for chunk in self.likely
            if any(count_items(each) == wanted for each in evidence_of(chunk).sentences())
        ][:MAX_LIKELY]

    def sections(self) -> Sections | None:
        """The sections that the question wants a list of, if there are such."""
        if self.asked.kind is not QuestionKind.LIST:
            return None
        return sections_asked_for(self.turn, self.question, self.likely[: self.turn.top_n])

    def _defining(self) -> list[ScoredChunk]:
        chinese = has_chinese(self.question)
        return [
            chunk
            for chunk in self.likely
            if has_chinese(chunk.text) == chinese
            and defines(self.asked.subjects[0], evidence_of(chunk).sentences())
        ][:MAX_LIKELY]

    def asking_the_same(self) -> tuple[list[ScoredChunk], float]:
        """What stands below the heading that asks the same, however rare its words are, and how
        similar it is. One in the language of the question is preferred."""
        chunk_ids = self._chunk_ids_by_heading | self._chunk_ids_by_higher_heading()
        same = same_questions(self.question, [*chunk_ids])
        surely = [heading for heading in same if same[heading] >= SURELY_THE_SAME]
        chinese = has_chinese(self.question)
        surely.sort(key=lambda heading: (has_chinese(heading) != chinese, -same[heading]))
        for heading in surely:
            for chunk in existing(self.turn, [chunk_ids[heading]]):
                if knows_all_of(self.question, f"{heading}\n{chunk.text}"):
                    return [chunk], same[heading]
        return [], 0.0

    def _below_similar_headings(
        self, least: float, only_questions: bool = False
    ) -> list[ScoredChunk]:
        """A heading may say the same in other words, which no search for words finds."""
        chunk_ids = self._chunk_ids_by_heading
        headings = [each for each in chunk_ids if is_question(each) or not only_questions]
        similar = zip(similarities(self.question, headings), headings, strict=True)
        best = sorted((pair for pair in similar if pair[0] >= least), reverse=True)[:MAX_LIKELY]
        return existing(self.turn, [chunk_ids[heading] for _, heading in best])

    @cached_property
    def _chunk_ids_by_heading(self) -> dict[str, UUID]:
        """The last headings, with the first chunk below each."""
        chunk_ids: dict[str, UUID] = {}
        for place in self.places:
            if place.path and len(chunk_ids) < MAX_HEADINGS:
                chunk_ids.setdefault(place.path[-1], place.chunk_id)
        return chunk_ids

    def _chunk_ids_by_higher_heading(self) -> dict[str, UUID]:
        """Headings that have sections below them, but for titles, with the first chunk below each:
        "How to make a good cup", of which the first section is "Water"."""
        chunk_ids: dict[str, UUID] = {}
        for place in self.places:
            for heading in place.path[1:-1]:
                if len(chunk_ids) < MAX_HEADINGS and reads_as_question(heading):
                    chunk_ids.setdefault(heading, place.chunk_id)
        return chunk_ids


def search_by_kind(turn: Turn, question: str) -> KindSearch:
    asked = kind_of(question)
    likely = search_for(turn, question, max(LIKELY, turn.top_n))
    likely = _with_identifiers(question, likely)
    own_first = _own_language_first(question, about_named_documents(question, likely))
    return KindSearch(turn, question, asked, own_first)


def _with_identifiers(question: str, found: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Those that have what the question names in one way only, in whichever language; all of them
    if none has."""
    if not identifiers_of(question):
        return [*found]
    having = [
        each for each in found if not unknown_identifiers(question, [evidence_of(each).whole])
    ]
    return having or [*found]


def _places(turn: Turn, likely: Sequence[ScoredChunk]) -> list[Place]:
    """Of all documents, those first in which most was found; only of those, if there are many."""
    documents = [*dict.fromkeys(chunk.document_id for chunk in likely)]
    if everywhere := all_places(turn.user_id, turn.kb_ids, turn.doc_ids, MAX_CHUNKS):
        numbers = {document_id: number for number, document_id in enumerate(documents)}
        return sorted(everywhere, key=lambda place: numbers.get(place.document_id, len(numbers)))
    found = (outline(document_id, turn.user_id) for document_id in documents[:MAX_DOCUMENTS])
    return [place for places in found for place in places]


def _own_language_first(question: str, found: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Of documents in two languages, those in the one of the question, if they are as good."""
    own = [chunk for chunk in found if not is_foreign(chunk.text, question)]
    foreign = [chunk for chunk in found if is_foreign(chunk.text, question)]
    nearest = max((chunk.vector_similarity for chunk in foreign), default=0.0)
    is_as_good = any(
        chunk.term_similarity >= ENOUGH_WORDS or chunk.vector_similarity >= nearest - NEARLY
        for chunk in own
    )
    return [*own, *foreign] if is_as_good else [*found]
