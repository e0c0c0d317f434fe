"""Reads PDF files: one section for each page, with wrapped lines joined to paragraphs."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import recognition
from knowledge.parsing.pdf_annotations import Place, annotation_texts, drawn_places
from knowledge.parsing.pdf_lines import paragraphs, tidy_lines
from knowledge.parsing.pdf_misread import is_misread
from knowledge.parsing.pdf_running_lines import without_running_lines
from knowledge.parsing.progress import MAX_TIMED_APART, counted, timed_apart
from knowledge.text.section import Section

# PDFium's mark for a hyphen that divides a word at the end of a line.
HYPHEN = re.compile(r"[\x02\ufffe]\s*")
# Control characters, and those for private use.
CODES = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
# What a scanner or a copier prints on each page is no text of it.
MAX_LINES_OF_SCANS = 3
MAX_OBJECTS = 1000
RECOGNITION_DPI = 150
DISPLAYED = pdfium.FLAT_NORMALDISPLAY
DAMAGED = _("The file is damaged: it breaks off or was changed.")
CERTIFICATE = _(
    "The PDF is protected by a certificate. Save it without protection and send it again."
)
NO_TEXT = _("The PDF has no text, and none can be recognised in its pictures.")
NOT_INSTALLED = _(
    "The PDF has no text, only pictures of it. To read them, text recognition (OCR) has to be "
    "installed on the server: pip install --require-hashes -r requirements-ocr.lock"
)


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[str]
    # What is filled in, or written on the page by its readers.
    annotations: list[str]
    has_pictures: bool
    is_misread: bool = False
    is_loaded: bool = True


def read(data: bytes) -> list[Section]:
    with closing(_open(data)) as document:
        pages = [_read_page(document, number) for number in counted(range(len(document)))]
        if not any(page.is_loaded for page in pages):
            raise Unreadable(DAMAGED)
        body = without_running_lines([page.lines for page in pages])
        lines = body.lines
        texts = ["\n".join(paragraphs(tidy_lines(left))) if left else "" for left in lines]
        scanned = [
            at
            for at, page in enumerate(pages)
            if page.is_misread or (page.has_pictures and not lines[at])
        ]
        if recognition.is_installed():
            for at in _timed_apart(scanned):
                seen = recognition.recognise(_picture_of(document, at))
                # Both are kept of a page that may be misread: codes and names may be no words.
                texts[at] = "\n".join(filter(None, [seen, texts[at]]))
    if not any(texts) and not any(page.annotations for page in pages):
        raise Unreadable(NO_TEXT if recognition.is_installed() else NOT_INSTALLED)
    texts = [
        "\n".join(filter(None, [*tidy_lines(head), text, *tidy_lines(foot), *page.annotations]))
        for head, text, foot, page in zip(body.heads, texts, body.feet, pages, strict=True)
    ]
    return [Section(f"page {number}", text) for number, text in enumerate(texts, 1) if text]


def _timed_apart(scanned: Sequence[int]) -> Iterator[int]:
    if len(scanned) > MAX_TIMED_APART:
        raise Unreadable(_("The file has more than 500 pages of pictures. Split it."))
    return timed_apart(scanned)


def _picture_of(document: pypdfium2.PdfDocument, number: int) -> Any:
    """An array of rows of pixels: blue, green, red."""
    with closing(document[number]) as page:
        scale = min(RECOGNITION_DPI / 72, recognition.MAX_SIDE / max(1, *page.get_size()))
        with closing(page.render(scale=scale, force_bitmap_format=pdfium.FPDFBitmap_BGR)) as bitmap:
            # A copy: the bitmap's memory is freed.
            return bitmap.to_numpy().copy()


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        if "password" in str(problem).lower():
            raise Unreadable(
                _("The file is protected by a password. Remove it and send the file again.")
            ) from None
        is_protected = problem.err_code == pdfium.FPDF_ERR_SECURITY
        raise Unreadable(CERTIFICATE if is_protected else DAMAGED) from None
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    return document


def _read_page(document: pypdfium2.PdfDocument, number: int) -> Page:
    """A damaged page is empty, as in programs that show it; the others can be read."""
    try:
        loaded = document[number]
    except pypdfium2.PdfiumError:
        return Page([], [], has_pictures=False, is_loaded=False)
    # Closed at once: PDFium keeps a page's data in memory for as long as the page is open.
    with closing(loaded) as page, closing(page.get_textpage()) as textpage:
        text = HYPHEN.sub("", textpage.get_text_range())
        is_coded = _is_coded(text)
        lines = [] if is_coded else [line for line in map(str.strip, text.splitlines()) if line]
        has_pictures = is_coded or (len(lines) <= MAX_LINES_OF_SCANS and _has_pictures(page))
        is_doubtful = bool(lines) and is_misread(textpage, text)
        annotations = annotation_texts(page)
        places = drawn_places(page)
        if places and pdfium.FPDFPage_Flatten(page, DISPLAYED) != pdfium.FLATTEN_SUCCESS:
            places = []
    if places:
        annotations += _drawn_lines(document, number, places, "\n".join([text, *annotations]))
    return Page(lines, annotations, has_pictures, is_doubtful)


def _drawn_lines(
    document: pypdfium2.PdfDocument, number: int, places: Sequence[Place], known: str
) -> list[str]:
    """What signatures, stamps and buttons show, without what the page itself has below them.

    Their pictures were made a part of the page, to read it.
    """
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        texts = [textpage.get_text_bounded(*place) for place in places]
    lines = (line.strip() for text in texts for line in HYPHEN.sub("", text).splitlines())
    return [line for line in dict.fromkeys(lines) if line and line not in known]


def _is_coded(text: str) -> bool:
    """Whether the fonts do not say which characters their glyphs are."""
    return len(CODES.findall(text)) * 2 > len("".join(text.split()))


def _has_pictures(page: pypdfium2.PdfPage) -> bool:
    """Also drawings: some programs turn letters into them."""
    count = pdfium.FPDFPage_CountObjects(page)
    objects = (pdfium.FPDFPage_GetObject(page, at) for at in range(min(count, MAX_OBJECTS)))
    return any(pdfium.FPDFPageObj_GetType(found) != pdfium.FPDF_PAGEOBJ_TEXT for found in objects)
