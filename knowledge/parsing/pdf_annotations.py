"""Reads what is filled in or written on a page of a PDF: form fields, boxes of text, comments."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from itertools import compress

import pypdfium2
import pypdfium2.raw as pdfium

# Annotations of more than that many are no notes of a person.
MAX_ANNOTATIONS = 5000
# A longer text is no note of a person, either.
MAX_BYTES = 2_000_000
MAX_OPTIONS = 1000
# Of a list that shows its options on the page.
MAX_SHOWN = 50
# Text is looked for in all of the page for each.
MAX_DRAWN = 100
# Operators of a drawing.
SHOW_TEXT = ("Tj", "TJ", " Do")
COMMENTS = {
    pdfium.FPDF_ANNOT_TEXT,
    pdfium.FPDF_ANNOT_HIGHLIGHT,
    pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT,
}
# Those have no picture of their own, or one that a reader opens.
NOT_DRAWN = COMMENTS | {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP}
VALUES = {
    pdfium.FPDF_FORMFIELD_TEXTFIELD,
    pdfium.FPDF_FORMFIELD_COMBOBOX,
    pdfium.FPDF_FORMFIELD_LISTBOX,
}
UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
# Left, bottom, right and top, in points.
Place = tuple[float, float, float, float]
# Writes a text in UTF-16 into a buffer of so many bytes, and says how many it needs.
Getter = Callable[[object, int], int]


def annotation_texts(page: pypdfium2.PdfPage) -> list[str]:
    """One line for each, without what is repeated and what is hidden."""
    count = min(pdfium.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)
    found: dict[str, None] = {}
    for number in range(count):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            found.update(dict.fromkeys(_texts(page, annotation)))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return list(found)


def drawn_places(page: pypdfium2.PdfPage) -> list[Place]:
    """Where there is text that stands in the picture of an annotation only."""
    count = min(pdfium.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)
    found: list[Place] = []
    for number in range(count):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        place = pdfium.FS_RECTF()
        if _is_drawn(page, annotation) and pdfium.FPDFAnnot_GetRect(annotation, place):
            found.append((place.left, place.bottom, place.right, place.top))
        pdfium.FPDFPage_CloseAnnot(annotation)
    return found[:MAX_DRAWN]


def _is_drawn(page: pypdfium2.PdfPage, annotation: object) -> bool:
    """Signatures, stamps, captions of buttons and files, and fields that show what is not their
    value, or that are of no form."""
    if pdfium.FPDFAnnot_GetFlags(annotation) & UNSEEN:
        return False
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_STAMP:
        return True
    if kind != pdfium.FPDF_ANNOT_WIDGET or not page.formenv:
        return kind not in NOT_DRAWN and _has_letters(annotation)
    field = pdfium.FPDFAnnot_GetFormFieldType(page.formenv, annotation)
    if field == pdfium.FPDF_FORMFIELD_SIGNATURE:
        return True
    is_told = field != pdfium.FPDF_FORMFIELD_PUSHBUTTON and _field(page.formenv, annotation)
    return not (is_told or _is_password(page.formenv, annotation)) and _has_letters(annotation)


def _has_letters(annotation: object) -> bool:
    drawing = _text(
        lambda buffer, size: pdfium.FPDFAnnot_GetAP(
            annotation, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, buffer, size
        )
    )
    return any(operator in drawing for operator in SHOW_TEXT)


def _texts(page: pypdfium2.PdfPage, annotation: object) -> Iterator[str]:
    if pdfium.FPDFAnnot_GetFlags(annotation) & UNSEEN:
        return
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET and page.formenv:
        if text := _field(page.formenv, annotation):
            yield text
    elif kind == pdfium.FPDF_ANNOT_FREETEXT:
        if text := _entry(annotation, b"Contents"):
            yield text
    elif kind in COMMENTS and (text := _entry(annotation, b"Contents")):
        author = _entry(annotation, b"T")
        yield f"Comment ({author}): {text}" if author else f"Comment: {text}"


def _field(form: pypdfium2.PdfFormEnv, annotation: object) -> str:
    def text(getter: Callable[..., int]) -> str:
        return _text(lambda buffer, size: getter(form, annotation, buffer, size))

    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = text(pdfium.FPDFAnnot_GetFormFieldAlternateName) or _last(
        text(pdfium.FPDFAnnot_GetFormFieldName)
    )
    if kind in VALUES:
        labels, chosen = _options(form, annotation)
        value = ", ".join(chosen) or text(pdfium.FPDFAnnot_GetFormFieldValue)
        if kind == pdfium.FPDF_FORMFIELD_LISTBOX and labels:
            value = f"{value} ({' / '.join(labels[:MAX_SHOWN])})".strip()
        return f"{name}: {value}" if value and not _is_password(form, annotation) else ""
    is_checked = pdfium.FPDFAnnot_IsChecked(form, annotation)
    if kind == pdfium.FPDF_FORMFIELD_CHECKBOX:
        return f"{'☑' if is_checked else '☐'} {name}"
    if kind == pdfium.FPDF_FORMFIELD_RADIOBUTTON and is_checked:
        return f"{name}: {text(pdfium.FPDFAnnot_GetFormFieldExportValue)}"
    return ""


def _options(form: pypdfium2.PdfFormEnv, annotation: object) -> tuple[list[str], list[str]]:
    """All options of a list, and those that are chosen; the value is the first of them only."""

    def label(at: int) -> str:
        return _text(
            lambda buffer, size: pdfium.FPDFAnnot_GetOptionLabel(form, annotation, at, buffer, size)
        )

    count = min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), MAX_OPTIONS)
    labels = [label(at) for at in range(count)]
    is_chosen = [pdfium.FPDFAnnot_IsOptionSelected(form, annotation, at) for at in range(count)]
    return labels, list(compress(labels, is_chosen))


def _is_password(form: pypdfium2.PdfFormEnv, annotation: object) -> bool:
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    is_text = kind == pdfium.FPDF_FORMFIELD_TEXTFIELD
    return is_text and bool(flags & pdfium.FPDF_FORMFLAG_TEXT_PASSWORD)


def _last(name: str) -> str:
    """`Name` of "topmostSubform[0].Page1[0].Name[0]"."""
    return name.rpartition(".")[2].partition("[")[0] or name


def _entry(annotation: object, key: bytes) -> str:
    return _text(
        lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    )


def _text(getter: Getter) -> str:
    size = getter(None, 0)
    # A buffer that is too small stays empty.
    if not 2 < size <= MAX_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    getter(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return " ".join(buffer.raw[: size - 2].decode("utf-16-le", "replace").split())
