"""Reads PDF files: one section for each page, with wrapped lines joined to paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing

import pypdfium2

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.progress import counted
from knowledge.text.section import Section
from knowledge.text.width import width

# PDFium's mark for a hyphen that divides a word at the end of a line.
HYPHEN = re.compile(r"[\x02\ufffe]\s*")
SENTENCE_END = re.compile(r"[.!?…:;。！？：；][\"'”’»)\]」』）】]*$")
NEW_ITEM = re.compile(r"[•▪◦‣·*–-]\s|\(?\d{1,3}[.)]\s")
NUMBER = re.compile(r"\d+")
CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
PAGE_WORD = re.compile(
    r"\b(?:pages?|pg|p|seite|página|pagina|strana|стр)\b|[页頁]|페이지", re.IGNORECASE
)
MAX_PAGE_DIGITS, MAX_FIRST_PAGE = 5, 30
LONG_RUNNING_LINE = 20
# A line of at least this share of the longest one reaches the margin: the next line continues it.
FULL_LINE = 0.75


def read(data: bytes) -> list[Section]:
    pages = _without_running_lines(_pages(data))
    sections = [
        Section(f"page {number}", "\n".join(_paragraphs(lines)))
        for number, lines in enumerate(pages, 1)
        if lines
    ]
    if not sections:
        raise Unreadable(
            _("The PDF has no text, only pictures of it. Run text recognition (OCR) on it first.")
        )
    return sections


def _pages(data: bytes) -> list[list[str]]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        if "password" in str(problem).lower():
            raise Unreadable(
                _("The file is protected by a password. Remove it and send the file again.")
            ) from None
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from None
    with closing(document):
        return [_lines(document, number) for number in counted(range(len(document)))]


def _lines(document: pypdfium2.PdfDocument, number: int) -> list[str]:
    # Closed at once: PDFium keeps a page's data in memory for as long as the page is open.
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        text = HYPHEN.sub("", textpage.get_text_range())
    return [line for line in map(str.strip, text.splitlines()) if line]


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Removes headers, footers and page numbers: lines that most pages begin or end with.

    A line may differ in one number, if that grows by as much as the pages do. So "Total: 10.00 EUR"
    stays, though every page has such a line, and so does what is the only text of its page.
    """
    if len(pages) < 4:
        return pages
    running = [
        _running_lines([lines[at] if len(lines) > 1 else "" for lines in pages]) for at in (0, -1)
    ]
    return [
        lines[first : len(lines) - last] for lines, first, last in zip(pages, *running, strict=True)
    ]


def _running_lines(edges: Sequence[str]) -> list[bool]:
    """For the line at one edge of each page: whether it is one that most pages have."""
    of_page = [_forms(line, number) for number, line in enumerate(edges)]
    counts = Counter(form for forms in of_page for form in forms)
    enough = len(edges) / 2
    return [any(counts[form] > enough for form in forms) for forms in of_page]


def _forms(line: str, page: int) -> set[tuple[str, ...]]:
    """The line itself, and what it would be on the first page if a number in it counts the pages.

    "Question 3" may do so by chance: what is short must speak of pages, or have no word at all.
    """
    forms: set[tuple[str, ...]] = {(line,)} if line else set()
    if len(line) >= LONG_RUNNING_LINE or PAGE_WORD.search(line) or line.upper() == line.lower():
        for found in NUMBER.finditer(line):
            if len(found[0]) <= MAX_PAGE_DIGITS:
                first = int(found[0]) - page
                if abs(first) <= MAX_FIRST_PAGE:
                    forms.add((line[: found.start()], str(first), line[found.end() :]))
    return forms


def _paragraphs(lines: list[str]) -> Iterator[str]:
    full = FULL_LINE * max(map(width, lines))
    paragraph: list[str] = []
    previous = ""
    for line in lines:
        runs_on = width(previous) >= full and not SENTENCE_END.search(previous)
        if runs_on and not NEW_ITEM.match(line):
            paragraph.append(line if _are_joined_without_space(previous, line) else f" {line}")
        else:
            if paragraph:
                yield "".join(paragraph)
            paragraph = [line]
        previous = line
    yield "".join(paragraph)


def _are_joined_without_space(left: str, right: str) -> bool:
    return bool(CJK.match(left[-1]) and CJK.match(right[0]))
