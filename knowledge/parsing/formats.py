"""Detects the format of a file by its content, and by its name where that is not enough."""

import re
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.encodings import has_control_bytes


class Format(StrEnum):
    """Each value is the name of the module that reads the format."""

    TEXT = "plain_text"
    MARKDOWN = "markdown"
    CSV = "delimited"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"


BY_SUFFIX = {
    ".txt": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".pptx": Format.PPTX,
    ".xlsx": Format.XLSX,
}

# The part of a zip archive that shows which document it is.
BY_PART = {
    "word/document.xml": Format.DOCX,
    "ppt/presentation.xml": Format.PPTX,
    "xl/workbook.xml": Format.XLSX,
}

ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PROTECTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
UNREADABLE_STARTS = [
    (b"\x89PNG\r\n", _("This is a PNG picture, not a document with text.")),
    (b"\xff\xd8\xff", _("This is a JPEG picture, not a document with text.")),
    (b"GIF8", _("This is a GIF picture, not a document with text.")),
    (b"II*\x00", _("This is a TIFF picture, not a document with text.")),
    (b"MM\x00*", _("This is a TIFF picture, not a document with text.")),
    (b"{\\rtf", _("This is an RTF file. Save it as .docx and send it again.")),
    (b"\x1f\x8b", _("This is a compressed archive. Unpack it and send the files inside.")),
    (b"7z\xbc\xaf", _("This is a compressed archive. Unpack it and send the files inside.")),
    (b"Rar!", _("This is a compressed archive. Unpack it and send the files inside.")),
]
WRONG_NAME = {
    Format.PDF: _("The name ends in .pdf, but the content is not a PDF."),
    Format.DOCX: _("The name ends in .docx, but the content is not a Word document."),
    Format.PPTX: _("The name ends in .pptx, but the content is not a PowerPoint presentation."),
    Format.XLSX: _("The name ends in .xlsx, but the content is not an Excel workbook."),
}
HTML_START = re.compile(
    rb"\s*+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s++html|html)\b", re.IGNORECASE | re.DOTALL
)
CONTROL_CHARACTERS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"


def detect_format(name: str, data: bytes) -> Format:
    format_by_name = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if data.startswith(ZIP):
        return _format_of_zip(data)
    if data.startswith(OLD_OFFICE):
        raise Unreadable(_why_old_office_is_unreadable(data))
    # Some programs write a few bytes before a PDF; in a text, the mark may be a word of it.
    if data[:1024].lstrip().startswith(b"%PDF-") or (
        format_by_name is Format.PDF and b"%PDF-" in data[:1024]
    ):
        return Format.PDF
    for start, sentence in UNREADABLE_STARTS:
        if data.startswith(start):
            raise Unreadable(sentence)
    if format_by_name in WRONG_NAME:
        raise Unreadable(WRONG_NAME[format_by_name])
    if _is_binary(data):
        raise Unreadable(_("This is a binary file, not a document with text."))
    if format_by_name is None and HTML_START.match(data[:2048]):
        return Format.HTML
    return format_by_name or Format.TEXT


def _format_of_zip(data: bytes) -> Format:
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = set(archive.namelist())
    except (BadZipFile, ValueError, NotImplementedError):
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from None
    for part, found in BY_PART.items():
        if part in parts:
            return found
    if "content.xml" in parts:
        raise Unreadable(
            _("This is an OpenDocument file. Save it as .docx, .pptx or .xlsx and send it again.")
        )
    raise Unreadable(_("This is a zip archive. Unpack it and send the files inside."))


def _why_old_office_is_unreadable(data: bytes) -> str:
    if PROTECTED_OFFICE in data:
        return _("The file is protected by a password. Remove it and send the file again.")
    return _(
        "This is a file of an old Office version. "
        "Save it as .docx, .pptx or .xlsx and send it again."
    )


def _is_binary(data: bytes) -> bool:
    if has_control_bytes(data):
        return False
    controls = len(data) - len(data.translate(None, CONTROL_CHARACTERS))
    return controls * 10 > len(data)
