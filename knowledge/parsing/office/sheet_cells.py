"""Reads the cells of a sheet as Excel shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lxml.etree import _Element

from knowledge.parsing.office.names import S, integer
from knowledge.parsing.office.number_formats import BUILT_IN, general, shown
from knowledge.parsing.office.package import Package

# How Excel writes characters that XML does not allow.
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
MIDNIGHT = "T00:00:00"


class CellReader:
    def __init__(self, package: Package, workbook: _Element) -> None:
        part = package.main_part
        properties = workbook.find(S("workbookPr"))
        is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self._strings = _strings(package.optional_xml(package.related(part, "sharedStrings")))
        self._codes = _codes(package.optional_xml(package.related(part, "styles")))
        # Many cells show the same: this is faster, and keeps each text once.
        self._shown_number = lru_cache(100_000)(lambda text, code: _number(text, code, is_1904))

    def shown(self, cell: _Element) -> str:
        kind, text = cell.get("t", "n"), ""
        for child in cell:
            if child.tag.endswith("}v"):
                text = child.text or ""
            elif child.tag.endswith("}is"):
                return _rich_text(child)
        if not text:
            return ""
        if kind == "n":
            style = cell.get("s")
            code = self._codes.get(style, "") if style else ""
            return self._shown_number(text, code)
        if kind == "s":
            at = integer(text, -1)
            return self._strings[at] if 0 <= at < len(self._strings) else ""
        if kind == "b":
            return "FALSE" if text.strip() in ("0", "false") else "TRUE"
        return text.removesuffix(MIDNIGHT) if kind == "d" else _unescaped(text)


def _number(text: str, code: str, since_1904: bool) -> str:
    try:
        number = float(text)
    except ValueError:
        return text
    return shown(number, code, since_1904) if code else general(number)


def _strings(root: _Element | None) -> list[str]:
    return [_rich_text(item) for item in root.iterchildren(S("si"))] if root is not None else []


def _rich_text(item: _Element) -> str:
    """Without the readings of Chinese characters, which Excel does not show in the cell."""
    texts = []
    for child in item:
        if child.tag.endswith("}t"):
            texts.append(child.text or "")
        elif child.tag.endswith("}r"):
            texts += [part.text or "" for part in child if part.tag.endswith("}t")]
    return _unescaped("".join(texts))


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def _codes(root: _Element | None) -> Mapping[str, str]:
    """The format codes by the numbers of styles."""
    if root is None:
        return {}
    own = {
        integer(element.get("numFmtId")): element.get("formatCode") or ""
        for element in root.iterfind(f"{S('numFmts')}/{S('numFmt')}")
    }
    formats = {**BUILT_IN, **own}
    return {
        str(number): formats.get(integer(element.get("numFmtId")), "")
        for number, element in enumerate(root.iterfind(f"{S('cellXfs')}/{S('xf')}"))
    }
