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
from knowledge.parsing.refusals import BY_SUFFIX as REFUSED_SUFFIXES
from knowledge.parsing.refusals import (
    DRAWING,
    OLD_OFFICE_FILE,
    refusal_of_binary,
    refusal_of_old_office,
    refusal_of_zip,
    refuse_by_bytes,
)
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
    JSON = "json_records"
    XML = "xml_text"
    OPEN_DOCUMENT = "open_document"
    OPEN_SHEETS = "open_sheets"
    RTF = "rtf"
    SUBTITLES = "subtitles"
    CONTENT_LINES = "content_lines"
    RESTRUCTURED_TEXT = "restructured_text"
    ASCIIDOC = "asciidoc"
    ORG = "org"
    LATEX = "latex"
    PICTURE = "picture"


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
    **dict.fromkeys((".ods", ".ots", ".sxc"), Format.OPEN_SHEETS),
    ".ipynb": Format.NOTEBOOK,
    ".eml": Format.MAIL,
    ".epub": Format.EPUB,
    ".mht": Format.MAIL,
    ".mhtml": Format.MAIL,
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".geojson"), Format.JSON),
    **dict.fromkeys((".xml", ".rss", ".atom", ".fb2", ".fodt", ".fodp", ".fods"), Format.XML),
    **dict.fromkeys((".svg", ".opml", ".kml", ".gpx"), Format.XML),
    **dict.fromkeys((".srt", ".vtt"), Format.SUBTITLES),
    **dict.fromkeys((".vcf", ".ics"), Format.CONTENT_LINES),
    ".rst": Format.RESTRUCTURED_TEXT,
    **dict.fromkeys((".adoc", ".asciidoc"), Format.ASCIIDOC),
    ".org": Format.ORG,
    ".tex": Format.LATEX,
    **dict.fromkeys((".odt", ".ott", ".odp", ".otp", ".sxw", ".sxi"), Format.OPEN_DOCUMENT),
    ".rtf": Format.RTF,
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"), Format.PICTURE),
}

# Also documents with macros, templates and slide shows: what counts is the content.
BY_KIND = {
    Kind.DOCUMENT: Format.DOCX,
    Kind.PRESENTATION: Format.PPTX,
    Kind.WORKBOOK: Format.XLSX,
    Kind.BINARY_WORKBOOK: Format.SPREADSHEET,
}
OPEN_DOCUMENTS = [
    (b"application/vnd.oasis.opendocument.spreadsheet", Format.OPEN_SHEETS),
    (b"application/vnd.sun.xml.calc", Format.OPEN_SHEETS),
    (b"application/vnd.oasis.opendocument.text", Format.OPEN_DOCUMENT),
    (b"application/vnd.oasis.opendocument.presentation", Format.OPEN_DOCUMENT),
    (b"application/vnd.sun.xml.writer", Format.OPEN_DOCUMENT),
    (b"application/vnd.sun.xml.impress", Format.OPEN_DOCUMENT),
]

# Other bytes may come before these.
IN_ZIP = {Format.DOCX, Format.PPTX, Format.XLSX}

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PROTECTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
# In old Excel files: "Workbook", or before 1997, "Book"; some programs write it in capitals.
OLD_EXCEL = re.compile(rb"(?i)B\0o\0o\0k\0\0\0")
WRONG_NAME = {
    Format.PDF: _("The name ends in .pdf, but the content is not a PDF."),
    Format.DOCX: _("The name ends in .docx, but the content is not a Word document."),
    Format.PPTX: _("The name ends in .pptx, but the content is not a PowerPoint presentation."),
    Format.XLSX: _("The name ends in .xlsx, but the content is not an Excel workbook."),
    Format.SPREADSHEET: _("The name is that of a spreadsheet, but the content is none."),
    Format.OPEN_SHEETS: _("The name is that of a spreadsheet, but the content is none."),
    Format.PICTURE: _("The name is that of a picture, but the content is none."),
    Format.EPUB: _("The name ends in .epub, but the content is not an e-book."),
    Format.NOTEBOOK: _("The name ends in .ipynb, but the content is not a notebook."),
    Format.OPEN_DOCUMENT: _("The name is that of an OpenDocument file, but the content is none."),
}
# Programs give pages these names, too.
MAY_BE_PAGES = (Format.XML, Format.CSV, Format.JSON, Format.MAIL)
HTML_START = re.compile(
    rb"\s*+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s++html|html)\b", re.IGNORECASE | re.DOTALL
)
XML_START = re.compile(rb"(?:\xef\xbb\xbf)?+\s*+<\?xml\b")
JSON_START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\0)*+\s*+\0?+[{\[]")
MEDIA_TYPE = re.compile(rb"media-type=[\"']([a-z0-9.+/-]+)[\"']")
RTF = b"{\\rtf"
PICTURE_START = re.compile(
    rb"\x89PNG\r\n|\xff\xd8\xff|II\*\x00|MM\x00\*|RIFF.{4}WEBP|BM.{4}\x00{4}", re.DOTALL
)
CONTROL_CHARACTERS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"


def detect_format(name: str, data: bytes) -> Format:
    """Raises `Unreadable` for what is known not to be read, with advice that fits its kind."""
    format_by_name = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if is_zip(data, may_follow=format_by_name in IN_ZIP):
        return _format_of_zip(name, data)
    if data.startswith(OLD_OFFICE):
        return _format_of_old_office(name, data, format_by_name)
    # Some programs write a few bytes before a PDF; in a text, the mark may be a word of it.
    if data[:1024].lstrip().startswith(b"%PDF-") or (
        format_by_name is Format.PDF and b"%PDF-" in data[:1024]
    ):
        return Format.PDF
    if data.startswith(RTF):
        return Format.RTF
    if PICTURE_START.match(data):
        return Format.PICTURE
    refuse_by_bytes(data)
    if _is_binary(name, data):
        raise refusal_of_binary(name, data)
    return _format_of_text(data, format_by_name)


def _format_of_text(data: bytes, format_by_name: Format | None) -> Format:
    """By name, if a text can be of that kind. Many an .xls file is a page, or delimited text."""
    is_page = HTML_START.match(data[:2048])
    if format_by_name in WRONG_NAME or format_by_name is None:
        if is_page:
            return Format.HTML
        if XML_START.match(data[:1024]):
            return Format.XML
    if format_by_name is Format.SPREADSHEET and data.count(b"\t") + data.count(b",") > 1:
        return Format.CSV
    if format_by_name is Format.NOTEBOOK and JSON_START.match(data[:1024]):
        return Format.NOTEBOOK
    if format_by_name in WRONG_NAME:
        raise Unreadable(WRONG_NAME[format_by_name])
    if format_by_name in MAY_BE_PAGES and is_page:
        return Format.HTML
    return format_by_name or Format.TEXT


def _format_of_zip(name: str, data: bytes) -> Format:
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = set(archive.namelist())
            mimetype = _mimetype(archive)
            kind = office_kind(archive)
    except (BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError, zlib.error):
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from None
    for start, found in OPEN_DOCUMENTS:
        if mimetype.startswith(start):
            return found
    if kind in BY_KIND:
        return BY_KIND[kind]
    if kind is Kind.DRAWING:
        raise Unreadable(DRAWING)
    if "META-INF/container.xml" in parts:
        return Format.EPUB
    raise refusal_of_zip(name, parts, mimetype)


def _mimetype(archive: ZipFile) -> bytes:
    """As its own part says, or else that of the first entry of an OpenDocument's list of parts."""
    parts = archive.NameToInfo
    if "mimetype" in parts:
        return _start_of(archive, "mimetype", 100)
    if "content.xml" in parts and "META-INF/manifest.xml" in parts:
        found = MEDIA_TYPE.search(_start_of(archive, "META-INF/manifest.xml", 2000))
        return found[1] if found else b""
    return b""


def _start_of(archive: ZipFile, part: str, size: int) -> bytes:
    with archive.open(part) as file:
        return file.read(size)


def _format_of_old_office(name: str, data: bytes, format_by_name: Format | None) -> Format:
    # Any of these files may have one of another kind inside; then its name counts.
    is_excel = OLD_EXCEL.search(data) is not None
    if is_excel and format_by_name is Format.SPREADSHEET and PROTECTED_OFFICE not in data:
        return Format.SPREADSHEET
    refusal = refusal_of_old_office(name, data)
    if is_excel and str(refusal) == OLD_OFFICE_FILE:
        return Format.SPREADSHEET
    raise refusal


def _is_binary(name: str, data: bytes) -> bool:
    if has_control_bytes(data):
        return False
    if b"\0" in data[:4096] and PurePath(name).suffix.lower() in REFUSED_SUFFIXES:
        return True
    # Some programs fill a file up with NULs.
    filled = data.strip(b"\0")
    controls = len(filled) - len(filled.translate(None, CONTROL_CHARACTERS))
    return controls * 10 > len(filled)
