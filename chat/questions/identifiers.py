"""What a question names that is written in one way only: settings, options, products, codes. Where
none of the passages has it, no similar one is the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from knowledge.text.analysis import fold

# "MAX_FILE_BYTES", "session_id", "--days", "X200", "AB-12" and "Aria 4"; "code 4001", "错误码413".
IDENTIFIER = re.compile(
    r"(?<![A-Za-z0-9_-])(?:--[a-z][a-z0-9-]{1,40}|[A-Za-z0-9]{1,40}(?:_[A-Za-z0-9]{1,40}){1,8}"
    r"|[A-Z][A-Za-z]{0,19}-?\d{1,10}[A-Za-z0-9]{0,10})(?![A-Za-z0-9_-])"
    r"|(?<=[a-z,] )(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\b)"
    r"[A-Z][a-z]{1,20} \d{1,3}(?![A-Za-z0-9.,:-]{0,3}\w)"
    r"|(?:(?<=code )|(?<=error )|(?<=status )|(?<=码)|(?<=碼)|(?<=码 )|(?<=碼 )"
    r"|(?<=错误)|(?<=錯誤)|(?<=错误 )|(?<=錯誤 ))\d{3,6}(?!\d)"
)
# What may be meant instead: it has a form like these, and half of the same parts.
IN_TEXT = re.compile(
    r"(?<![A-Za-z0-9_-])(?:--[a-z][a-z0-9-]{1,40}|[A-Za-z0-9]{1,40}(?:_[A-Za-z0-9]{1,40}){1,8}"
    r"|[A-Za-z]{1,20}[ -]?\d{1,10}[A-Za-z0-9]{0,10})(?![A-Za-z0-9_-])"
)
PART = re.compile(r"[a-z]+|\d+")
SPACE = re.compile(r"(?<=[a-z])[ -](?=\d)")
MIN_SHARED, MAX_SIMILAR = 0.5, 3


def identifiers_of(question: str) -> list[str]:
    return list(dict.fromkeys(found[0] for found in IDENTIFIER.finditer(question)))


def unknown_identifiers(question: str, texts: Sequence[str]) -> list[str]:
    """Those that none of the texts has."""
    named = identifiers_of(question)
    return [name for name in named if not any(has_identifier(text, name) for text in texts)]


def similar_identifiers(name: str, texts: Iterable[str]) -> list[str]:
    """The most similar in the texts, as they are written there."""
    parts = {*PART.findall(fold(name))}
    shared = {
        found[0]: _share(parts, {*PART.findall(fold(found[0]))})
        for text in texts
        for found in IN_TEXT.finditer(text)
    }
    likely = [each for each in shared if shared[each] >= MIN_SHARED]
    return sorted(likely, key=lambda each: -shared[each])[:MAX_SIMILAR]


def _share(parts: set[str], others: set[str]) -> float:
    return len(parts & others) / max(1, len(parts | others))


def has_identifier(text: str, name: str) -> bool:
    """Whether it is there as a whole: "MAX_FILE" is not in "MAX_FILE_BYTES". "X-200" may be
    "X 200" there."""
    own, folded = fold(name), fold(text)
    if not own.isdigit():
        own, folded = SPACE.sub("", own), SPACE.sub("", folded)
    at = folded.find(own)
    while at >= 0:
        if not (_goes_on(folded[at - 1 : at]) or _goes_on(folded[at + len(own) :][:1])):
            return True
        at = folded.find(own, at + 1)
    return False


def _goes_on(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())
