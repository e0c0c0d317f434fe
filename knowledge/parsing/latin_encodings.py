"""Tells the encodings of Latin letters apart in short texts: by the letters that languages have."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from math import log

from knowledge.parsing.latin_letter_pairs import BALTIC, CENTRAL, ESTONIAN, TURKISH, WESTERN

SPECIAL = re.compile(r"[^\x00-\x7f]")
# Beside letters, a text has these; those of the first row stand right before or after words.
BESIDE_WORDS = "“”„‘’‚«»‹›–—…•·¡¿ªº\xa0\xad"
MARKS = set(BESIDE_WORDS + "§°©®™€£¥²³½¼¾×÷±µ¶†‡´¨")
IN_WORDS, AFTER_WORDS = "’‘·\xad–", "°©®™€"
# How unlikely are, as logarithms, the commonest pair (by its rank), one that is no common one, a
# mark, one where no word has it, and a character of other languages.
FIRST_RANK, UNKNOWN = 4, 6.0
MARK, MISPLACED, STRANGER = 7.0, 8.0, 18.0


def _unlikely(pairs: str) -> dict[str, float]:
    """How unlikely each pair is, as a logarithm: by its place among the commonest ones."""
    places = enumerate(range(0, len(pairs), 2), FIRST_RANK)
    return {pairs[at : at + 2]: log(rank) for rank, at in places}


# What is tried, the likelier encodings first, with the pairs of letters of their languages.
LANGUAGES: list[tuple[str, dict[str, float], set[str]]] = [
    (encoding, _unlikely(pairs), set(pairs))
    for encodings, languages in (
        (("cp1252",), WESTERN),
        (("cp1250", "iso8859_2"), CENTRAL),
        (("cp1254",), TURKISH),
        (("cp1257", "iso8859_15"), ESTONIAN),
        (("cp1257",), BALTIC),
    )
    for encoding in encodings
    for pairs in languages.values()
]


def latin_encoding(data: bytes) -> str:
    """The likeliest one for a text with few bytes beyond ASCII."""
    texts = {encoding: data.decode(encoding, "replace").lower() for encoding, *_ in LANGUAGES}
    return min(LANGUAGES, key=lambda one: _cost(texts[one[0]], *one[1:]))[0]


def _cost(text: str, pairs: Mapping[str, float], letters: Container[str]) -> float:
    """How unlikely the special characters of the text are in that language."""
    total = 0.0
    for found in SPECIAL.finditer(text):
        at, mark = found.start(), found[0]
        left, right = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
        if mark in letters:
            left, right = (beside if beside.isalpha() else " " for beside in (left, right))
            total += pairs.get(left + mark, UNKNOWN) + pairs.get(mark + right, UNKNOWN)
        elif mark in MARKS:
            total += MARK + MISPLACED * _is_misplaced(left, mark, right)
        else:
            total += STRANGER
    return total


def _is_misplaced(left: str, mark: str, right: str) -> bool:
    if mark in BESIDE_WORDS:
        return left.isalpha() and right.isalpha() and mark not in IN_WORDS
    return right.isalpha() or (left.isalpha() and mark not in AFTER_WORDS)
