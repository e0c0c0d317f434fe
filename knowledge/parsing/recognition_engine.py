"""The engine that recognises text (OCR). Only what `requirements-ocr.txt` installs can load it.

It has its models in its package and loads nothing from elsewhere. It takes seconds for a page.
"""

from __future__ import annotations

import contextlib
import gc
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import groupby, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.parsing import process_memory
from knowledge.parsing.pdf_lines import paragraphs, tidy_lines
from knowledge.parsing.recognition_layout import Box, blocks
from knowledge.parsing.recognition_strips import strips

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None  # type: ignore[assignment]

DETECTION_SIDE, MIN_SIDE = 960, 32
# A page of Letter at that side, in pixels: what is as high as it is wide is made smaller, since the
# engine's memory grows with the area.
DETECTION_AREA = DETECTION_SIDE * 742
# The engine writes brackets, commas and colons of Chinese in the narrow form.
CJK = "\u3040-\u30ff\u3400-\u9fff\u3001-\u3011\uff01-\uff5e"
NARROW = re.compile(f"(?<=[{CJK}])[(),:;!?]|[(),:;!?](?=[{CJK}])")
WIDE = str.maketrans("(),:;!?", "（），：；！？")


def recognise(picture: NDArray[np.uint8]) -> str:
    """The text of one page, with its paragraphs; empty if none is found."""
    engine = _engine()
    scale = detection_scale(*picture.shape[:2])
    boxes: list[Box] = []
    for top, strip in strips(picture):
        # All strips in the same scale: lines are found best if letters have the usual size.
        engine.text_det.limit_side_len = max(MIN_SIDE, round(scale * max(strip.shape[:2])))
        found = engine(strip)
        corners = found.boxes.tolist() if found.txts else ()
        boxes += map(_box, corners, found.txts or (), repeat(top))
    process_memory.give_back()
    return text_of(boxes)


def detection_scale(height: int, width: int) -> float:
    """By what a page of so many pixels is made smaller to find its lines."""
    return min(DETECTION_SIDE / max(height, width), math.sqrt(DETECTION_AREA / (height * width)))


def unload() -> None:
    _engine.cache_clear()
    gc.collect()
    process_memory.give_back()


def text_of(boxes: Sequence[Box]) -> str:
    """Of lines in the order in which the engine finds them."""
    rows = ([row for column in block for row in _rows(column)] for block in blocks(boxes))
    return "\n".join(line for block in rows if block for line in _lines(block))


def _box(corners: Sequence[Sequence[float]], text: str, top: int) -> Box:
    across, down = zip(*corners, strict=True)
    return Box(min(across), max(across), min(down) + top, max(down) + top, text)


@cache
def _engine() -> Any:
    """On first use: loading the models takes a second, and 200 MB."""
    _allow_memory()
    process_memory.keep_little()
    rapidocr, cv2 = import_module("rapidocr"), import_module("cv2")
    # Several files are read at once: each on one core.
    cv2.setNumThreads(1)
    models = Path(str(rapidocr.__file__)).parent / "models"
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            # It takes upright lines for ones upside down, and then reads nonsense.
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # With its path, a model is never looked for elsewhere.
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE,
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            # More at once take more memory, and no less time.
            "Rec.rec_batch_num": 1,
        }
    )
    # Something to look at, so that it has the detector whose scale is set for each page.
    engine(np.full((MIN_SIDE, MIN_SIDE, 3), 255, np.uint8))
    return engine


def _allow_memory() -> None:
    """Raises the limit of this process to what was set aside for recognising text."""
    if resource is not None:
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _lines(rows: Iterable[list[str]]) -> Iterator[str]:
    """Paragraphs of lines; what has several parts side by side is the row of a table."""
    for is_text, group in groupby(rows, key=lambda row: len(row) == 1):
        lines = tidy_lines([_widened(" ".join(row)) for row in group])
        yield from paragraphs(lines) if is_text else lines


def _rows(boxes: Iterable[Box]) -> Iterator[list[str]]:
    """The lines, each with what stands side by side in it, from boxes in the order of reading."""
    row: list[Box] = []
    for box in boxes:
        if row and not _are_side_by_side(row[0], box):
            yield _texts(row)
            row = []
        row.append(box)
    if row:
        yield _texts(row)


def _are_side_by_side(first: Box, box: Box) -> bool:
    middle, middle_of_box = (first.top + first.bottom) / 2, (box.top + box.bottom) / 2
    return box.top < middle < box.bottom and first.top < middle_of_box < first.bottom


def _texts(row: Iterable[Box]) -> list[str]:
    return [box.text for box in sorted(row, key=lambda box: box.left)]


def _widened(line: str) -> str:
    return NARROW.sub(lambda mark: mark[0].translate(WIDE), line)
