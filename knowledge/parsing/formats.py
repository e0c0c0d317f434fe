"""Detects the format of a file by its content, and by its name where that is not enough."""

import re
import zlib
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.encodings import has_control_bytes
from knowledge.parsing.office.kinds import Kind, office_kind
from knowledge.parsing.zip_package import is_zip


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
    SPREADSHEET = "spreadsheet"
    NOTEBOOK = "notebook"
    MAIL = "mail"
    EPUB = "epub"


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
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), Format.DOCX),
    **dict.fromkeys((".pptx", ".pptm", ".potx", ".potm", ".ppsx", ".ppsm"), Format.PPTX),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), Format.XLSX),
    ".xls": Format.SPREADSHEET,
    ".xlsb": Format.SPREADSHEET,
    ".ods": Format.SPREADSHEET,
    ".ipynb": Format.NOTEBOOK,
    ".eml": Format.MAIL,
    ".epub": Format.EPUB,
}

# Also documents with macros, templates and slide shows: what counts is the content.
BY_KIND = {
    Kind.DOCUMENT: Format.DOCX,
    Kind.PRESENTATION: Format.PPTX,
    Kind.WORKBOOK: Format.XLSX,
    Kind.BINARY_WORKBOOK: Format.SPREADSHEET,
}
ODS = b"application/vnd.oasis.opendocument.spreadsheet"

# Other bytes may come before these.
IN_ZIP = {Format.DOCX, Format.PPTX, Format.XLSX}

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
    Format.SPREADSHEET: _("The name is that of a spreadsheet, but the content is none."),
    Format.EPUB: _("The name ends in .epub, but the content is not an e-book."),
}
# The name of a stream in an old Office file, and what to do with it.
OLD_KINDS = [
    (
        "WordDocument",
        _("This is a file of an old Word version. Save it as .docx and send it again."),
    ),
    (
        "PowerPoint Document",
        _("This is a file of an old PowerPoint version. Save it as .pptx and send it again."),
    ),
    (
        "__properties_version1.0",
        _("This is an Outlook message. Save it as .eml and send it again."),
    ),
]
HTML_START = re.compile(
    rb"\s*+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s++html|html)\b", re.IGNORECASE | re.DOTALL
)
CONTROL_CHARACTERS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"


def detect_format(name: str, data: bytes) -> Format:
    format_by_name = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if is_zip(data, may_follow=format_by_name in IN_ZIP):
        return _format_of_zip(data)
    if data.startswith(OLD_OFFICE):
        return _format_of_old_office(data)
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
            mimetype = _start_of(archive, "mimetype") if "mimetype" in parts else b""
            kind = office_kind(archive)
    except (BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError, zlib.error):
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from None
    if mimetype.startswith(ODS):
        return Format.SPREADSHEET
    if kind in BY_KIND:
        return BY_KIND[kind]
    if kind is Kind.DRAWING:
        raise Unreadable(_("This is a Visio drawing. Save it as a PDF and send that."))
    if "META-INF/container.xml" in parts:
        return Format.EPUB
    if "content.xml" in parts:
        raise Unreadable(
            _("This is an OpenDocument file. Save it as .docx, .pptx or .xlsx and send it again.")
        )
    if any(part.startswith("Index/") and part.endswith(".iwa") for part in parts):
        raise Unreadable(
            _("This is a file of Apple's office. Export it as .docx, .pptx or .xlsx and send that.")
        )
    raise Unreadable(_("This is a zip archive. Unpack it and send the files inside."))


def _start_of(archive: ZipFile, part: str) -> bytes:
    with archive.open(part) as file:
        return file.read(100)


def _format_of_old_office(data: bytes) -> Format:
    if PROTECTED_OFFICE in data:
        raise Unreadable(
            _("The file is protected by a password. Remove it and send the file again.")
        )
    for stream, sentence in OLD_KINDS:
        if stream.encode("utf-16-le") in data:
            raise Unreadable(sentence)
    # In old Excel files: "Workbook", or before 1997, "Book".
    if "ook\0".encode("utf-16-le") in data:
        return Format.SPREADSHEET
    raise Unreadable(
        _(
            "This is a file of an old Office version. "
            "Save it as .docx, .pptx or .xlsx and send it again."
        )
    )


def _is_binary(data: bytes) -> bool:
    if has_control_bytes(data):
        return False
    controls = len(data) - len(data.translate(None, CONTROL_CHARACTERS))
    return controls * 10 > len(data)
