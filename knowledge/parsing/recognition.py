"""Recognises text in pictures (OCR), where `requirements-ocr.txt` is installed."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from knowledge.parsing import process_memory

# In pixels: a page of A4 at 150 dots an inch has 1754.
MAX_SIDE = 2000
# Of the process, while nothing is recognised; a page needs as much again.
MAX_RESTING_BYTES = 150_000_000


def is_installed() -> bool:
    return bool(find_spec("rapidocr") and find_spec("onnxruntime"))


def recognise(picture: Any) -> str:
    """The text of a page, given as an array of rows of pixels (blue, green, red), or nothing.

    Raises an error if nothing is installed: ask `is_installed` before.
    """
    # Imported when it is first needed: that takes seconds, and memory beyond the usual limit.
    text: str = import_module("knowledge.parsing.recognition_engine").recognise(picture)
    return text


def rest() -> None:
    """After a document: pages of many sizes leave more and more memory with the engine."""
    engine = sys.modules.get("knowledge.parsing.recognition_engine")
    if engine is not None and process_memory.used_bytes() > MAX_RESTING_BYTES:
        engine.unload()


def unload() -> None:
    """Gives the memory of the engine back; it is loaded again when it is needed."""
    engine = sys.modules.get("knowledge.parsing.recognition_engine")
    if engine is not None:
        engine.unload()
