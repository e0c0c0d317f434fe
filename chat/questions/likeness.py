"""Words of a question that a text has in another form, or says in another word.

A likeness is from 0 (nothing alike) to 1 (the same).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile

from chat.questions.language import has_chinese
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import STOP_STEMS, fold, stem

WORD = re.compile(r"[^\W\d_]+")
# Of a text, so many words are compared by meaning.
MAX_WORDS = 60
# Shorter words begin alike by chance, and so do those that share less.
MIN_LETTERS, MIN_SHARED = 4, 0.6
# The cosine that any two words have.
MIN_MEANING = 0.4


def spelled_alike(term: str, terms: Collection[str], characters: Collection[str]) -> float:
    """How much of the term one of the terms begins with; of a Chinese one, the share of its
    characters that a text has."""
    if has_chinese(term):
        return sum(character in characters for character in term) / len(term)
    if len(term) < MIN_LETTERS or term.isdigit():
        return 0.0
    shared = max((_shared(term, other) for other in terms), default=0.0)
    return shared if shared >= MIN_SHARED else 0.0


def _shared(term: str, other: str) -> float:
    # Most terms differ from the beginning.
    if len(other) < MIN_LETTERS or other[:3] != term[:3]:
        return 0.0
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(term, other, strict=False))
    return sum(1 for _ in alike) / max(len(term), len(other))


def meant_alike(question: str, missing: Sequence[str], text: str) -> Mapping[str, float]:
    """For each of the missing terms that is a word: how near in meaning the nearest word of the
    text is."""
    words = words_of(text)
    own = {stem(word): word for word in words_of(question)}
    texts = list(words)[:MAX_WORDS]
    return {
        term: _rescaled(max(similarities(own[term], texts), default=0.0))
        for term in missing
        if term in own
    }


def words_of(text: str) -> dict[str, None]:
    """Those that mean something, folded, each once, in their order."""
    words = dict.fromkeys(WORD.findall(fold(text)))
    return {word: None for word in words if stem(word) not in STOP_STEMS}


def _rescaled(cosine: float) -> float:
    return max(0.0, (cosine - MIN_MEANING) / (1 - MIN_MEANING))
