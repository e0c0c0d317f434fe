"""Reads PDF files: one section for each page, with wrapped lines joined to paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pypdfium2

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.text.section import Section
from knowledge.text.width import width

# PDFium's mark for a hyphen that divides a word at the end of a line.
HYPHEN = re.compile(r"[\x02\ufffe]\s*")
SENTENCE_END = re.compile(r"[.!?…:;。！？：；][\"'”’»)\]」』）】]*$")
NEW_ITEM = re.compile(r"[•▪◦‣·*–-]\s|\(?\d{1,3}[.)]\s")
NUMBER = re.compile(r"\d+")
CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
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
        return [_lines(document, number) for number in range(len(document))]


def _lines(document: pypdfium2.PdfDocument, number: int) -> list[str]:
    # Closed at once: PDFium keeps a page's data in memory for as long as the page is open.
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        text = HYPHEN.sub("", textpage.get_text_range())
    return [line for line in map(str.strip, text.splitlines()) if line]


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Removes headers, footers and page numbers: lines that most pages begin or end with."""
    if len(pages) < 4:
        return pages
    edges = Counter(
        edge
        for lines in pages
        for edge in {_without_numbers(line) for line in lines[:1] + lines[-1:]}
    )
    running = {edge for edge, count in edges.items() if count > len(pages) / 2}
    return [
        [
            line
            for at, line in enumerate(lines)
            if 0 < at < len(lines) - 1 or _without_numbers(line) not in running
        ]
        for lines in pages
    ]


def _without_numbers(line: str) -> str:
    return NUMBER.sub("0", line)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    full = FULL_LINE * max(map(width, lines))
    paragraph = previous = ""
    for line in lines:
        runs_on = width(previous) >= full and not SENTENCE_END.search(previous)
        if runs_on and not NEW_ITEM.match(line):
            paragraph += line if _are_joined_without_space(paragraph, line) else f" {line}"
        else:
            if paragraph:
                yield paragraph
            paragraph = line
        previous = line
    yield paragraph


def _are_joined_without_space(left: str, right: str) -> bool:
    return bool(CJK.match(left[-1]) and CJK.match(right[0]))
