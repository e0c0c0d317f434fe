"""Tells questions that hang on the turn before ("and how much of it?") from complete ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass

from chat.questions.evidence import Evidence
from chat.questions.follow_up_weights import CONSTANT, WEIGHTS
from chat.questions.names import names_of
from chat.questions.term_weights import Frequencies, rarity_in, weights_of
from knowledge.embedding.rarity import count_rare_pieces, surprisal
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, naming_terms, text_terms

PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|that|those|these|ones?)\b"
    r"|[它他她]|(?<![尤与])其(?![实余他它])|这|那(?!么)|(?<!应)该"
)
# How a question goes on from what was said, at its beginning and at its end.
LEADING = re.compile(
    r"\s*(?:(?:and|but|so|or|then|also|ok|okay|what about|how about|what if|what else|who else|"
    r"where else|why not|which one|anything else)\b|那|然后|后来|还有|接着|另外|所以|但|可是|结果|"
    r"(?:为什么|为何|怎么)\W{0,5}$|还)"
)
TRAILING = re.compile(r"(?:呢|\b(?:then|too|either|instead|exactly))\W{0,5}$")
# Of the sentences of a passage, those compared by meaning.
MAX_SENTENCES = 12
# From this probability on, a question hangs on the turn before.
THRESHOLD = 0.07


@dataclass(frozen=True, slots=True)
class Features:
    # Whether it has a pronoun, goes on from what was said ("and …"), or names anything.
    pronoun: float
    leading: float
    named: float
    # How much it says: the logarithm of the number of its terms, its surprisal in hundreds, its
    # rare pieces in fives, its letters in tens.
    terms: float
    surprisal: float
    rare: float
    letters: float
    # The share of its weight that is in the passages of the turn before.
    before: float
    # How rare in the base the rarest term is that the best passage found has.
    found_term: float
    # The longest run of its terms that were said before, in thirds: someone who names the subject
    # again asks a complete question.
    repeated: float
    # The best cosine of a sentence of the passages before, and of the best passage found.
    meaning_before: float
    meaning_found: float


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation so far: the passages cited last, and what was said."""

    before: Sequence[Evidence]
    said: Sequence[str]


def probability(features: Features) -> float:
    pairs = zip(WEIGHTS, astuple(features), strict=True)
    return 1 / (1 + math.exp(-CONSTANT - sum(weight * value for weight, value in pairs)))


def points_back(question: str) -> bool:
    """Whether a word of it does: a pronoun, or one that goes on from what was said."""
    folded = fold(question)
    return bool(PRONOUN.search(folded) or _goes_on(folded))


def _goes_on(folded: str) -> bool:
    return bool(LEADING.match(folded) or TRAILING.search(folded))


def features_of(
    question: str, found: Sequence[Evidence], context: Context, frequencies: Frequencies
) -> Features:
    """`found`: the passages that a search for the question alone finds, the best first."""
    folded = fold(question)
    terms = naming_terms(question)
    weights = weights_of(question, frequencies) if terms else {}
    before = _terms_of(passage.whole for passage in context.before)
    rarity = {term: rarity_in(frequencies, term) for term in terms}
    return Features(
        pronoun=float(bool(PRONOUN.search(folded))),
        leading=float(_goes_on(folded)),
        named=float(bool(names_of(question))),
        terms=math.log(1 + len(terms)),
        surprisal=surprisal(question) / 100,
        rare=count_rare_pieces(question) / 5,
        letters=sum(character.isalnum() for character in question) / 10,
        before=sum(weight for term, weight in weights.items() if term in before),
        found_term=_rarest(rarity, _terms_of(passage.whole for passage in found[:1])),
        repeated=_longest_run(terms, _terms_of(context.said)) / 3,
        meaning_before=_meaning(question, context.before),
        meaning_found=_meaning(question, found[:1]),
    )


def _terms_of(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(term for text in texts for term in text_terms(text))


def _rarest(rarity: Mapping[str, float], present: Set[str]) -> float:
    return max((value for term, value in rarity.items() if term in present), default=0.0)


def _longest_run(terms: Sequence[str], present: Set[str]) -> int:
    longest = run = 0
    for term in terms:
        run = run + 1 if term in present else 0
        longest = max(longest, run)
    return min(longest, 3)


def _meaning(question: str, passages: Sequence[Evidence]) -> float:
    sentences = [sentence for passage in passages for sentence in passage.sentences()]
    return max(similarities(question, sentences[:MAX_SENTENCES]), default=0.0)
