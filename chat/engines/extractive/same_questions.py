"""Finds the same question, in other words, among the headings: below it stands the answer."""

from __future__ import annotations

from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from chat.questions.identifiers import unknown_identifiers
from chat.questions.question_kinds import is_question
from chat.questions.same_questions import SURELY_THE_SAME, knows_all_of, objects_of, same_questions
from knowledge.text.places import headings_of

# How similar it is at least, if the two have a word in common and the heading has a question mark.
MIN_SIMILARITY = 0.5


def answer_to_the_same(question: str, ranking: Ranking) -> RankedUnit | None:
    """The first sentence below the most similar question; None if the best sentence by words stands
    below it as well, or there is none."""
    same = {
        passage: similarity
        for passage, similarity in _similar(question, ranking).items()
        if (ranking.heading_coverage[passage] or similarity >= SURELY_THE_SAME)
        and (
            _says_all(question, ranking, passage)
            or (is_question(ranking.headings[passage]) and _knows_most(ranking, passage))
        )
        and not unknown_identifiers(question, [unit.text for unit in ranking.texts[passage]])
    }
    passage = max(same, key=same.__getitem__, default=-1)
    if passage < 0 or (ranking.best and ranking.best[0].passage == passage):
        return None
    return RankedUnit(ranking.texts[passage][0], passage, 0, same[passage], same[passage])


def _knows_most(ranking: Ranking, passage: int) -> bool:
    """Whether a passage has more than half of the question's words: what an office chair costs is
    not what a membership costs."""
    said = {term for unit in ranking.texts[passage] for term in unit.terms}
    known = ranking.weights.keys() & (said | ranking.titles[passage])
    return 2 * len(known) > len(ranking.weights)


def surely_the_same(question: str, ranking: Ranking) -> set[int]:
    """The passages below headings that surely ask the same, and that say all that it does."""
    return {
        passage
        for passage, similarity in _similar(question, ranking).items()
        if similarity >= SURELY_THE_SAME and _says_all(question, ranking, passage)
    }


def _similar(question: str, ranking: Ranking) -> dict[int, float]:
    """The similarity of each passage below a heading that may ask the same. It has to be high if
    the heading has no question mark."""
    above = [
        {*headings_of(sections), heading}
        for sections, heading in zip(ranking.sections, ranking.headings, strict=True)
    ]
    same = same_questions(question, [heading for headings in above for heading in headings])
    found: dict[int, float] = {}
    for passage, headings in enumerate(above):
        for heading in headings:
            least = MIN_SIMILARITY if is_question(heading) else SURELY_THE_SAME
            if ranking.texts[passage] and same.get(heading, 0.0) >= least:
                found[passage] = max(same[heading], found.get(passage, 0.0))
    return found


def _says_all(question: str, ranking: Ranking, passage: int) -> bool:
    """Whether a passage says all of the question in some way. Below a heading without a question
    mark, it lacks nothing that the best sentence by words has."""
    heading, units = ranking.headings[passage], ranking.texts[passage]
    said = frozenset(ranking.titles[passage]).union(*(unit.terms for unit in units))
    lacking = {*objects_of(question)} - said
    known = ranking.best[0].unit.terms if ranking.best else ()
    if not is_question(heading) and not lacking.isdisjoint(known):
        return False
    return knows_all_of(question, "\n".join([heading, *(unit.text for unit in units)]))
