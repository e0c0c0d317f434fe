"""Takes headers, footers and page numbers out of the pages of a PDF, and keeps their words once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"\d+")
PAGE_WORD = re.compile(
    r"\b(?:pages?|pg|p|seite|página|pagina|strana|стр)\b|[页頁]|페이지", re.IGNORECASE
)
# What is said of the number of a page besides.
FOLIO = re.compile(PAGE_WORD.pattern + r"|\b(?:of|von|de|di|sur|из)\b|[第共]", re.IGNORECASE)
LETTER = re.compile(r"[^\W\d_]")
MIN_PAGES = 4
MAX_RUNNING_LINES = 3
MAX_PAGE_DIGITS, MAX_FIRST_PAGE = 5, 30
LONG_RUNNING_LINE = 20

# The line, or what is before and after its number, and what that would be on the first page.
Form = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """The lines of each page, and what stands above and below them where it is said first."""

    lines: list[list[str]]
    heads: list[list[str]]
    feet: list[list[str]]


def without_running_lines(pages: Sequence[list[str]]) -> Body:
    """Takes away headers, footers and page numbers: lines that most pages begin or end with, up to
    three of each.

    A line may differ in one number, if that grows by as much as the pages do. So "Total: 10.00 EUR"
    stays, though every page has such a line, and so does what is the only text of its page.
    """
    bodies = list(pages)
    heads = [list[str]() for _page in pages]
    feet = [list[str]() for _page in pages]
    for _round in range(MAX_RUNNING_LINES if len(pages) >= MIN_PAGES else 0):
        edges = [[lines[at] if len(lines) > 1 else "" for lines in bodies] for at in (0, -1)]
        above, below = map(_running_lines, edges)
        for at in _said_first(edges[0], above):
            heads[at].append(edges[0][at])
        for at in _said_first(edges[1], below):
            feet[at].insert(0, edges[1][at])
        bodies = [
            lines[bool(first) : len(lines) - bool(last)]
            for lines, first, last in zip(bodies, above, below, strict=True)
        ]
    return Body(bodies, heads, feet)


def _said_first(lines: Sequence[str], running: Sequence[set[Form]]) -> Iterator[int]:
    """The places of running lines that say more than the number of their page, once for each."""
    known = set[Form]()
    for at, (line, forms) in enumerate(zip(lines, running, strict=True)):
        if forms and known.isdisjoint(forms) and LETTER.search(FOLIO.sub("", line)):
            yield at
        known |= forms


def _running_lines(edges: Sequence[str]) -> list[set[Form]]:
    """For the line at one edge of each page: in which forms most pages have it."""
    of_page = [_forms(line, number) for number, line in enumerate(edges)]
    counts = Counter(form for forms in of_page for form in forms)
    enough = len(edges) / 2
    return [{form for form in forms if counts[form] > enough} for forms in of_page]


def _forms(line: str, page: int) -> set[Form]:
    """The line itself, and what it would be on the first page if a number in it counts the pages.

    "Question 3" may do so by chance: what is short must speak of pages, or have no word at all.
    """
    forms: set[Form] = {(line,)} if line else set()
    if len(line) >= LONG_RUNNING_LINE or PAGE_WORD.search(line) or line.upper() == line.lower():
        for found in NUMBER.finditer(line):
            if len(found[0]) <= MAX_PAGE_DIGITS:
                first = int(found[0]) - page
                if abs(first) <= MAX_FIRST_PAGE:
                    forms.add((line[: found.start()], str(first), line[found.end() :]))
    return forms
