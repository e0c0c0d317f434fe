"""Reads Jupyter notebooks: their text, their code, and what the code printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import markdown
from knowledge.parsing.encodings import decode
from knowledge.parsing.html import read_page
from knowledge.text.section import Section

# The kinds of an output that are text, the plainest first.
TEXTS = ("text/plain", "text/markdown", "text/latex", "latex")
# What is printed beyond that is rarely read by a person.
MAX_OUTPUT_CHARACTERS = 2000


def read(data: bytes) -> list[Section]:
    try:
        notebook = json.loads(decode(data))
        # Before version 4, the cells were in work sheets.
        sheets = notebook.get("worksheets") or [notebook]
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or ()]
        text = "\n\n".join(part for cell in cells for part in _parts(cell))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(_("The file is damaged: it breaks off or was changed.")) from error
    return markdown.read(text.encode("utf-8", "replace"))


def _parts(cell: dict[str, Any]) -> Iterator[str]:
    """As Markdown. Pictures and widgets, which are most of many notebooks, are left out."""
    source = _text(cell.get("source") or cell.get("input") or "")
    if cell.get("cell_type") != "code":
        yield source
        return
    if source.strip():
        yield _fenced(source)
    for output in cell.get("outputs", []):
        if text := _shown(output).strip():
            yield _fenced(text[:MAX_OUTPUT_CHARACTERS])


def _shown(output: dict[str, Any]) -> str:
    if text := _text(output.get("text") or "") or "\n".join(output.get("traceback") or ()):
        return text
    data = output.get("data") or output
    text = next((_text(data[kind]) for kind in TEXTS if data.get(kind)), "")
    page = _text(data.get("text/html") or data.get("html") or "")
    return text or "\n".join(section.text for section in read_page(page) if page)


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _fenced(text: str) -> str:
    return f"~~~~\n{text}\n~~~~"
