"""Retrieves what the kind of a question needs, and a search for its words may rank too low: what
defines its subject, what tells how something is done, one chunk about each of two things, the
sections that it wants a list of.

One wide search finds what a definition or steps are taken from; the usual results are its best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.answers.outlines import Sections, sections_asked_for
from chat.answers.turn import Turn
from chat.answers.turn_search import evidence_of, search_for
from chat.engines.extractive.definitions import defines
from chat.questions.language import has_chinese
from chat.questions.question_kinds import AskedFor, QuestionKind, kind_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.places import last_heading

# How many chunks are looked through, and how many of them are taken at most.
LIKELY, MAX_LIKELY = 20, 2
# From which similarity on a heading tells how to do what is asked.
MIN_HEADING_SIMILARITY = 0.45
SEARCHED_WIDELY = (QuestionKind.DEFINITION, QuestionKind.STEPS)


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
                return self._with_similar_headings()
        return []

    def sections(self) -> Sections | None:
        """The sections that the question wants a list of, if there are such."""
        if self.asked.kind is not QuestionKind.LIST:
            return None
        return sections_asked_for(self.turn, self.question, self.likely)

    def _defining(self) -> list[ScoredChunk]:
        chinese = has_chinese(self.question)
        return [
            chunk
            for chunk in self.likely
            if has_chinese(chunk.text) == chinese
            and defines(self.asked.subjects[0], evidence_of(chunk).sentences())
        ][:MAX_LIKELY]

    def _with_similar_headings(self) -> list[ScoredChunk]:
        headings = [last_heading(chunk.place) for chunk in self.likely]
        similar = zip(similarities(self.question, headings), self.likely, strict=True)
        fitting = [pair for pair in similar if pair[0] >= MIN_HEADING_SIMILARITY]
        return [chunk for _, chunk in sorted(fitting, key=lambda pair: -pair[0])[:MAX_LIKELY]]


def search_by_kind(turn: Turn, question: str) -> KindSearch:
    asked = kind_of(question)
    limit = max(LIKELY, turn.top_n) if asked.kind in SEARCHED_WIDELY else turn.top_n
    return KindSearch(turn, question, asked, search_for(turn, question, limit))
