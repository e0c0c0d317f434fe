"""Vectors as bytes."""

import numpy as np
import pytest

from knowledge.embedding.encoder import DIMENSION, encode
from knowledge.embedding.packing import pack, unpack


def test_what_rounding_changes_of_a_similarity_is_small() -> None:
    vectors = encode(["Tea must steep.", "茶要泡三分钟。", "The Moon", "Write every day."])

    unpacked = unpack(pack(vectors), DIMENSION)

    assert unpacked @ unpacked.T == pytest.approx(vectors @ vectors.T, abs=0.002)
    assert np.linalg.norm(unpacked, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_number_takes_a_byte() -> None:
    assert len(pack(encode(["tea", "sky"]))) == 2 * DIMENSION


def test_none_and_zeros_are_kept() -> None:
    assert unpack(b"", 8).shape == (0, 8)
    assert unpack(pack(np.zeros((2, 8), np.float32)), 8).tolist() == [[0.0] * 8] * 2
