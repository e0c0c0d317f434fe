"""Finds what a text has more than what was shown of it, if it repeats that with more citations.

RAGFlow puts citations into the text after it was written, and then sends all of it again.
"""

import re
from collections.abc import Iterator

from chat.engines.citation_markers import DIGITS, MARKER

WORD = re.compile(r"\S+")


def repeats(whole: str, shown: str) -> bool:
    """Whether `whole` begins with `shown`. White space and citations make no difference."""
    return _bare(whole).startswith(_bare(shown))


def more_than(shown: str, whole: str) -> str:
    """What `whole`, which repeats `shown`, has after it; at its end the citations that were put
    into what was shown already, and cannot be any more."""
    if not (bare := _bare(shown)):
        return whole
    end = _end_of(len(bare), whole)
    rest = whole[end:].lstrip() if shown[-1].isspace() else whole[end:]
    cited = {*_numbers(shown), *_numbers(rest)}
    missing = [number for number in dict.fromkeys(_numbers(whole[:end])) if number not in cited]
    if not rest.strip():
        rest = ""
    return rest + _markers(missing)


def missing_citations(shown: str, whole: str) -> str:
    """Those of `whole`, which says it in other words, that `shown` has not."""
    cited = set(_numbers(shown))
    return _markers([n for n in dict.fromkeys(_numbers(whole)) if n not in cited])


def _markers(numbers: list[int]) -> str:
    return (" " + "".join(f"[ID:{number}]" for number in numbers)) if numbers else ""


def _bare(text: str) -> str:
    return "".join(MARKER.sub("", text).split())


def _numbers(text: str) -> Iterator[int]:
    for marker in MARKER.finditer(text):
        yield from map(int, DIGITS.findall(marker[0]))


def _end_of(count: int, text: str) -> int:
    """Where so many characters that are neither space nor citation have passed."""
    for start, end in _between_markers(text):
        for word in WORD.finditer(text, start, end):
            if len(word[0]) >= count:
                return word.start() + count
            count -= len(word[0])
    return len(text)


def _between_markers(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for marker in MARKER.finditer(text):
        yield start, marker.start()
        start = marker.end()
    yield start, len(text)
