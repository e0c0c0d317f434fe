"""Recognises text in pictures (OCR), where `requirements-ocr.txt` is installed."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

# In pixels: a page of A4 at 150 dots an inch has 1754.
MAX_SIDE = 2000


def is_installed() -> bool:
    return bool(find_spec("rapidocr") and find_spec("onnxruntime"))


def recognise(picture: Any) -> str:
    """The text of a page, given as an array of rows of pixels (blue, green, red), or nothing.

    Raises an error if nothing is installed: ask `is_installed` before.
    """
    # Imported when it is first needed: that takes seconds, and memory beyond the usual limit.
    text: str = import_module("knowledge.parsing.recognition_engine").recognise(picture)
    return text


def unload() -> None:
    """Gives the memory of the engine back; it is loaded again when it is needed."""
    engine = sys.modules.get("knowledge.parsing.recognition_engine")
    if engine is not None:
        engine.unload()
