"""Tells the kinds of Office files apart: by the content type of their main part."""

from __future__ import annotations

from enum import Enum, auto
from zipfile import ZipFile

from lxml.etree import XMLSyntaxError

from knowledge.parsing.office.package import Package


class Kind(Enum):
    DOCUMENT = auto()
    PRESENTATION = auto()
    WORKBOOK = auto()
    BINARY_WORKBOOK = auto()
    DRAWING = auto()


# Words of content types, and the usual folders of files that name none.
SIGNS = (
    (Kind.BINARY_WORKBOOK, ("excel.sheet.binary", "xl/workbook.bin")),
    (Kind.DOCUMENT, ("wordprocessingml", "ms-word", "word/")),
    (Kind.PRESENTATION, ("presentationml", "ms-powerpoint", "ppt/")),
    (Kind.WORKBOOK, ("spreadsheetml", "ms-excel", "xl/")),
    (Kind.DRAWING, ("ms-visio", "visio/")),
)


def office_kind(archive: ZipFile) -> Kind | None:
    """None if the archive is no Office file. Raises what `ZipFile` raises for damaged archives."""
    package = Package(archive)
    try:
        part = package.main_part
        described = f"{package.content_type(part)} {part}" if part else ""
    except XMLSyntaxError:
        part, described = "", ""
    usual = part or package.usual_main_part
    found = described or usual
    return next((kind for kind, words in SIGNS if any(word in found for word in words)), None)
