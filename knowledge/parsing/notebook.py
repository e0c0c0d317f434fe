"""Reads Jupyter notebooks: their text, their code, and what the code printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import markdown
from knowledge.parsing.encodings import decode
from knowledge.text.section import Section

# What is printed beyond that is rarely read by a person.
MAX_OUTPUT_CHARACTERS = 2000


def read(data: bytes) -> list[Section]:
    try:
        notebook = json.loads(decode(data))
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
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
        shown = output.get("text") or output.get("data", {}).get("text/plain") or ""
        if text := _text(shown).strip():
            yield _fenced(text[:MAX_OUTPUT_CHARACTERS])


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _fenced(text: str) -> str:
    return f"~~~~\n{text}\n~~~~"
