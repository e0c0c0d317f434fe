"""Cutting a scanned page into strips, which take less memory than the whole."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.parsing.recognition_engine import detection_scale
from knowledge.parsing.recognition_strips import strips

PITCH, LETTERS = 40, 28


def page_of_lines(height: int, width: int) -> NDArray[np.uint8]:
    """Black and white letters, and white paper between the lines."""
    page = np.full((height, width, 3), 255, np.uint8)
    for top in range(0, height - LETTERS, PITCH):
        page[top : top + LETTERS, ::2] = 0
    return page


def test_a_page_is_cut_between_its_lines() -> None:
    page = page_of_lines(1754, 1240)
    parts = list(strips(page))
    assert len(parts) == 2
    assert np.array_equal(np.concatenate([part for _, part in parts]), page)
    [_, (top, _)] = parts
    assert top % PITCH >= LETTERS
    assert abs(top - 877) <= PITCH


def test_wide_pages_are_cut_more_often_and_small_strips_are_not() -> None:
    assert len(list(strips(page_of_lines(1600, 1600)))) == 4
    assert len(list(strips(page_of_lines(400, 1600)))) == 1


def test_a_page_without_a_place_to_cut_stays_whole() -> None:
    photograph = np.random.default_rng(1).integers(0, 255, (1754, 1240, 3), np.uint8)
    assert [part.shape for _, part in strips(photograph)] == [photograph.shape]


@pytest.mark.parametrize(
    ("height", "width", "larger"),
    [(1754, 1240, 960), (2000, 1545, 960), (1000, 4000, 960), (2000, 2000, 843)],
)
def test_pages_are_looked_at_in_one_scale_but_square_ones_in_a_smaller(
    height: int, width: int, larger: int
) -> None:
    assert int(detection_scale(height, width) * max(height, width)) == larger
