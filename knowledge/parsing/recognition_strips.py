"""Cuts a page into strips between its lines: the memory of the engine grows with the picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# Of the larger side of the page. What is cut off is about as large as what is left.
MAX_AREA = 0.4
# How far from the middle, as a share of the height, a row without text is looked for.
NEAR = 0.2
# Rows of paper differ less than this from pixel to pixel, or less than the usual rows of the page.
PAPER, OF_USUAL = 10.0, 0.2


def strips(page: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Each with the row at which it begins; the page itself if there is no place to cut."""
    height, width = page.shape[:2]
    # Green: of the three colours, what is most like brightness.
    contrast = page[:, :, 1].std(axis=1)
    limit = MAX_AREA * max(height, width) ** 2 / width
    pending = [(0, height)]
    while pending:
        first, last = pending.pop()
        cut = _cut(contrast[first:last]) if last - first > limit else None
        if cut is None:
            yield first, page[first:last]
        else:
            pending += [(first + cut, last), (first, first + cut)]


def _cut(contrast: NDArray[np.float64]) -> int | None:
    middle, reach = len(contrast) // 2, int(NEAR * len(contrast))
    near = contrast[middle - reach : middle + reach]
    if not len(near):
        return None
    paper = max(PAPER, OF_USUAL * float(np.median(contrast)))
    empty = np.flatnonzero(near <= paper)
    if not len(empty):
        return None
    return middle - reach + int(empty[np.abs(empty - reach).argmin()])
