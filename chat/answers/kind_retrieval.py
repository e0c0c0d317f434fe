"""Retrieves what the kind of a question needs, and a search for its words may rank too low: what
defines its subject, what tells how something is done, one chunk about each of two things, the
sections that it wants a list of.

One wide search finds what all of this is taken from; the usual results are its best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.answers.named_documents import about_named_documents
from chat.answers.outlines import Sections, existing, sections_asked_for
from chat.answers.turn import Turn
from chat.answers.turn_search import evidence_of, search_for
from chat.engines.extractive.definitions import defines
from chat.questions.language import has_chinese
from chat.questions.question_kinds import AskedFor, QuestionKind, is_question, kind_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.search.outlines import outline
from knowledge.search.scored_chunk import ScoredChunk

# How many chunks are looked through, and how many of them are taken at most.
LIKELY, MAX_LIKELY = 20, 2
# In so many documents, so many headings are compared.
MAX_DOCUMENTS, MAX_HEADINGS = 8, 300
# From which similarity on a heading tells how to do what is asked, or asks the same.
MIN_HEADING_SIMILARITY, MIN_SAME_QUESTION = 0.45, 0.5


@dataclass(frozen=True, slots=True)
class KindSearch:
    """What a search found for a question of a kind: the best chunks, and as many more as are looked
    through for what its kind needs."""

    turn: Turn
    question: str
    asked: AskedFor
    likely: Sequence[ScoredChunk] = field(repr=False)

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
            case QuestionKind.DECISION | QuestionKind.FACT:
                return self._below_similar_headings(MIN_SAME_QUESTION, only_questions=True)
        return []

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

    def _below_similar_headings(
        self, least: float, only_questions: bool = False
    ) -> list[ScoredChunk]:
        """Of the documents in which most was found: a heading may say the same in other words,
        which no search for words finds."""
        documents = dict.fromkeys(chunk.document_id for chunk in self.likely)
        chunk_ids = {
            place.path[-1]: place.chunk_id
            for document_id in [*documents][:MAX_DOCUMENTS]
            for place in reversed(outline(document_id, self.turn.user_id))
            if place.path and (is_question(place.path[-1]) or not only_questions)
        }
        headings = [*chunk_ids][:MAX_HEADINGS]
        similar = zip(similarities(self.question, headings), headings, strict=True)
        best = sorted((pair for pair in similar if pair[0] >= least), reverse=True)[:MAX_LIKELY]
        return existing(self.turn, [chunk_ids[heading] for _, heading in best])


def search_by_kind(turn: Turn, question: str) -> KindSearch:
    asked = kind_of(question)
    likely = search_for(turn, question, max(LIKELY, turn.top_n))
    return KindSearch(turn, question, asked, about_named_documents(question, likely))
