"""The words in the XML of Office files, to compare with: each paragraph and each used text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from lxml import etree

PARTS = re.compile(r"word/document\.xml|ppt/slides/slide\d+\.xml")
SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
STRINGS = "xl/sharedStrings.xml"
# A second copy for older programs, and what tracked changes took away.
LEFT_OUT = ("Fallback", "del", "moveFrom", "rPh")


def office_text(path: Path) -> Iterator[str]:
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
            for name in filter(PARTS.fullmatch, names):
                for paragraph in _xml(archive, name).iter("{*}p"):
                    yield _text(paragraph)
            if STRINGS in names:
                strings = [_text(item) for item in _xml(archive, STRINGS)]
                for name in filter(SHEETS.fullmatch, names):
                    for cell in _xml(archive, name).iter("{*}c"):
                        if cell.get("t") == "s" and (number := cell.findtext("{*}v")):
                            yield strings[int(number)]
    except (BadZipFile, NotImplementedError, RuntimeError, etree.XMLSyntaxError):
        return


def _xml(archive: ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(archive.read(name), parser)


def _text(element: etree._Element) -> str:
    """Without the paragraphs inside, such as those of text boxes, which are told themselves."""
    if any(_local(parent) in LEFT_OUT for parent in element.iterancestors()):
        return ""
    return "".join(_pieces(element))


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        name = _local(child)
        if name == "t":
            yield child.text or ""
        elif name in ("br", "tab", "cr"):
            yield " "
        elif name not in LEFT_OUT and name != "p":
            yield from _pieces(child)


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
