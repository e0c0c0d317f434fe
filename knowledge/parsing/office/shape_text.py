"""Reads the text of shapes (DrawingML), which PowerPoint, Excel and diagrams share."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.parsing.office.equations import linear_text
from knowledge.parsing.office.names import MC, A, M, chosen, integer
from knowledge.parsing.office.numbers import written

# The first part of PowerPoint's names of numbers: `arabicPeriod` is "1.".
NUMBERS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "circleNum": "decimalEnclosedCircle",
    "ea1Chs": "chineseCounting",
    "ea1Cht": "chineseCounting",
    "ea1Jpn": "japaneseCounting",
}
MAX_INDENTATION = 8
# They say where a slide is, not what is on it.
LEFT_OUT_FIELDS = ("slidenum",)


def paragraphs(body: _Element | None) -> Iterator[str]:
    """The paragraphs that have text, with the numbers of lists and the indentation of levels."""
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in body.iterchildren(A("p")) if body is not None else ():
        if text := paragraph_text(paragraph).strip():
            yield _mark(paragraph.find(A("pPr")), counts) + text


def paragraph_text(element: _Element) -> str:
    words: list[str] = []
    _collect(element, words)
    return "".join(words)


def _collect(element: _Element, words: list[str]) -> None:
    for child in element:
        if child.tag == A("t"):
            words.append((child.text or "").replace("\v", "\n"))
        elif child.tag == A("br"):
            words.append("\n")
        elif child.tag == MC("AlternateContent"):
            _collect(chosen(child), words)
        elif child.tag in (M("oMath"), M("oMathPara")):
            words.append(linear_text(child))
        elif child.tag != A("fld") or child.get("type") not in LEFT_OUT_FIELDS:
            _collect(child, words)


def _mark(properties: _Element | None, counts: dict[int, tuple[str, int]]) -> str:
    if properties is None:
        counts.clear()
        return ""
    level = integer(properties.get("lvl"))
    for deeper in [deeper for deeper in counts if deeper > level]:
        del counts[deeper]
    number = properties.find(A("buAutoNum"))
    if number is None:
        counts.pop(level, None)
        has_bullet = properties.find(A("buNone")) is None and (
            level > 0 or properties.find(A("buChar")) is not None
        )
        mark = "- " if has_bullet else ""
    else:
        kind, start = number.get("type") or "", integer(number.get("startAt"), 1)
        kind_before, count = counts.get(level, ("", 0))
        count = count + 1 if kind_before == kind else start
        counts[level] = (kind, count)
        mark = f"{_numbered(count, kind)} "
    return "  " * min(max(level, 0), MAX_INDENTATION) + mark


def _numbered(count: int, kind: str) -> str:
    style = next((style for name, style in NUMBERS.items() if kind.startswith(name)), "decimal")
    number = written(count, style)
    if kind.endswith("ParenBoth"):
        return f"({number})"
    if kind.endswith("ParenR"):
        return f"{number})"
    return f"{number}." if kind.endswith("Period") else number
