"""Finds the same question, in other words, among the headings: below it stands the answer."""

from __future__ import annotations

from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from chat.questions.question_kinds import QuestionKind, is_question, kind_of
from knowledge.embedding.sentence_vectors import similarities

KINDS = (QuestionKind.DECISION, QuestionKind.FACT)
# How similar it is at least, if the two have a word in common, and if they have none.
MIN_SIMILARITY, MIN_WITHOUT_WORDS = 0.5, 0.65


def answer_to_the_same(question: str, ranking: Ranking) -> RankedUnit | None:
    """The first sentence below the most similar question; None if the best sentence by words stands
    below it as well, or there is none."""
    asked = [
        passage
        for passage, heading in enumerate(ranking.headings)
        if is_question(heading) and kind_of(heading).kind in KINDS and ranking.texts[passage]
    ]
    similar = similarities(question, [ranking.headings[passage] for passage in asked])
    fitting = [
        pair
        for pair in zip(similar, asked, strict=True)
        if pair[0] >= (MIN_SIMILARITY if ranking.heading_coverage[pair[1]] else MIN_WITHOUT_WORDS)
    ]
    similarity, passage = max(fitting, default=(0.0, -1))
    if passage < 0 or (ranking.best and ranking.best[0].passage == passage):
        return None
    return RankedUnit(ranking.texts[passage][0], passage, 0, similarity, similarity)
