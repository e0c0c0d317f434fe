"""Reads PDF files: one section for each page, with wrapped lines joined to paragraphs."""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.pdf_annotations import annotation_texts
from knowledge.parsing.pdf_lines import paragraphs, tidy_lines
from knowledge.parsing.progress import counted
from knowledge.text.section import Section

# PDFium's mark for a hyphen that divides a word at the end of a line.
HYPHEN = re.compile(r"[\x02\ufffe]\s*")
NUMBER = re.compile(r"\d+")
PAGE_WORD = re.compile(
    r"\b(?:pages?|pg|p|seite|página|pagina|strana|стр)\b|[页頁]|페이지", re.IGNORECASE
)
MAX_PAGE_DIGITS, MAX_FIRST_PAGE = 5, 30
LONG_RUNNING_LINE = 20


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[str]
    # What is filled in, or written on the page by its readers.
    annotations: list[str]


def read(data: bytes) -> list[Section]:
    with closing(_open(data)) as document:
        pages = [_read_page(document, number) for number in counted(range(len(document)))]
    lines = _without_running_lines([page.lines for page in pages])
    texts = [
        "\n".join([*paragraphs(tidy_lines(left)), *page.annotations] if left else page.annotations)
        for page, left in zip(pages, lines, strict=True)
    ]
    sections = [Section(f"page {number}", text) for number, text in enumerate(texts, 1) if text]
    if not sections:
        raise Unreadable(
            _("The PDF has no text, only pictures of it. Run text recognition (OCR) on it first.")
        )
    return sections


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        if "password" in str(problem).lower():
            raise Unreadable(
                _("The file is protected by a password. Remove it and send the file again.")
            ) from None
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from None
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    return document


def _read_page(document: pypdfium2.PdfDocument, number: int) -> Page:
    # Closed at once: PDFium keeps a page's data in memory for as long as the page is open.
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        text = HYPHEN.sub("", textpage.get_text_range())
        annotations = annotation_texts(page)
    return Page([line for line in map(str.strip, text.splitlines()) if line], annotations)


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
