"""Finds sentences that tell what there is: "Green, white and black tea", "梁桥、拱桥和斜拉桥".

Or they announce it: "The tea plant has two varieties"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from chat.questions.list_questions import KIND
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, text_terms

# Items between the first and the last one are short: clauses are no items.
LATIN = re.compile(
    r"(?:, (?!(?:how|which|that|who|where|when|what|while|but|so|as|it|they|is|are|was|were)\b)"
    r"[\w'’*-]{1,30}(?: [\w'’*-]{1,30}){0,2}(?=,| and | or )){1,20},? (?:and|or) "
)
CHINESE = re.compile(r"[^、，。；：\s]{1,30}(?:、[^、，。；：\s]{1,30}){1,20}")
# Fewer are an aside. Each is worth so much, up to so many; and a word for kinds so much.
MIN_ITEMS, ITEM_BONUS, MAX_ITEMS, KIND_BONUS = 3, 0.1, 6, 0.2
# "Two main varieties", "四种"; that it announces them is worth so much, and as much again if it
# begins with what is asked for, and has the same word for it.
NUMBER_OF_KINDS = re.compile(
    r"(?<!\bthe )(?<!\bthese )\b(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,3})"
    r"(?: \w{1,20}){0,2} (?:kinds|types|sorts|forms|varieties|categories|classes)\b"
    r"|[二两三四五六七八九十\d]大?[种类]"
)
ANNOUNCES_BONUS, FIRST_TERMS = 0.35, 6
# It enumerates as many as the question says there are.
NUMBER_BONUS = 0.5


# Added for naming what is asked for itself, rather than the heading above it.
NAMED_BONUS = 0.3
# Sentences that are compared by meaning.
MAX_COMPARED = 12


def best_enumeration(
    ranking: Ranking, topic: Sequence[str], kinds: Sequence[str], wanted: int = 0
) -> RankedUnit | None:
    """Of the sentences that name the topic, or stand under a heading that does, the one that
    enumerates most, or as many as are `wanted`. `kinds`: the words for kinds in the question."""
    headings = [frozenset(text_terms(heading)) for heading in ranking.headings]
    naming = [
        each
        for each in ranking.best
        if topic
        and each.unit.kind is Kind.SENTENCE
        and {*topic} <= each.unit.terms | headings[each.passage]
    ]
    scores = [(_bonus(each.unit.text, topic, kinds), each) for each in naming]
    told = [
        (
            bonus
            + each.score
            + (NAMED_BONUS if not kinds and {*topic} <= each.unit.terms else 0)
            + (NUMBER_BONUS if wanted and count_items(each.unit.text) == wanted else 0),
            each,
        )
        for bonus, each in scores
        if bonus
    ]
    return max(told, key=lambda pair: pair[0], default=(0.0, None))[1]


def nearest_enumeration(question: str, ranking: Ranking, topic: Sequence[str]) -> RankedUnit | None:
    """Of the sentences that may answer, the one nearest in meaning, if it enumerates things of the
    kind that is asked for: which planets are "visible" is said of "planets seen with the eye"."""
    likely = [each for each in ranking.best if each.unit.kind is Kind.SENTENCE][:MAX_COMPARED]
    if not likely or not topic:
        return None
    nearness = similarities(question, [each.unit.text for each in likely])
    best = likely[nearness.index(max(nearness))]
    is_of_kind = topic[0] in best.unit.terms and count_items(best.unit.text) >= MIN_ITEMS
    return best if is_of_kind else None


def count_items(sentence: str) -> int:
    """Of its longest enumeration; 0: there is none."""
    latin = [found[0].rstrip(" andor").count(", ") + 2 for found in LATIN.finditer(sentence)]
    chinese = [found[0].count("、") + 1 for found in CHINESE.finditer(sentence)]
    return max([*latin, *chinese], default=0)


def _bonus(sentence: str, topic: Sequence[str], kinds: Sequence[str]) -> float:
    folded, count = fold(sentence), count_items(sentence)
    enumerates = ITEM_BONUS * min(count, MAX_ITEMS) if count >= MIN_ITEMS else 0.0
    if not kinds:
        return enumerates
    if found := NUMBER_OF_KINDS.search(folded):
        begins = {*topic} <= {*text_terms(sentence)[:FIRST_TERMS]}
        is_same = bool({*kinds} & {*text_terms(found[0])})
        return enumerates + ANNOUNCES_BONUS * (2 if begins and is_same else 1)
    return enumerates + KIND_BONUS if enumerates and KIND.search(folded) else enumerates
