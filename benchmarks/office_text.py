"""The words in the XML of Office files, to compare with: each paragraph and each used text.

Without what is left out on purpose: hidden slides and sheets, and the footers of slides.
"""

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
ON_EACH_SLIDE = ("ftr", "dt", "sldNum", "hdr")
LEFT_OUT = ("Fallback", "del", "moveFrom", "rPh")


def office_text(path: Path) -> Iterator[str]:
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
            for name in filter(PARTS.fullmatch, names):
                root = _xml(archive, name)
                if root.get("show") == "0":
                    continue
                for paragraph in root.iter("{*}p"):
                    if not _is_on_each_slide(paragraph):
                        yield _text(paragraph)
            if STRINGS in names:
                strings = [_text(item) for item in _xml(archive, STRINGS)]
                hidden = _hidden_sheets(archive)
                for name in set(filter(SHEETS.fullmatch, names)) - hidden:
                    for cell in _xml(archive, name).iter("{*}c"):
                        if cell.get("t") == "s" and (number := cell.findtext("{*}v")):
                            yield strings[int(number)]
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, SyntaxError, ValueError):
        return


def _hidden_sheets(archive: ZipFile) -> set[str]:
    sheets = _xml(archive, "xl/workbook.xml").iter("{*}sheet")
    shown = {
        value
        for sheet in sheets
        if sheet.get("state", "visible") == "visible"
        for name, value in sheet.attrib.items()
        if name.endswith("}id")
    }
    links = _xml(archive, "xl/_rels/workbook.xml.rels").iter("{*}Relationship")
    targets = {link.get("Id"): f"xl/{link.get('Target')}" for link in links}
    return {target for key, target in targets.items() if key not in shown}


def _is_on_each_slide(paragraph: etree._Element) -> bool:
    """Whether it is in a shape that is a footer, a date or a number of slides."""
    for shape in paragraph.iterancestors("{*}sp"):
        placeholder = shape.find("{*}nvSpPr/{*}nvPr/{*}ph")
        if placeholder is not None and placeholder.get("type") in ON_EACH_SLIDE:
            return True
    return False


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
