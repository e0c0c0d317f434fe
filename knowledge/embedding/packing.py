"""Vectors as bytes: one for each number. Rounding changes a similarity by less than 0.002."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.vectors import Vectors

LARGEST = 127
# What a row of zeros is divided by.
SHORTEST = 1e-30


def pack(vectors: Vectors) -> bytes:
    """The rows, each stretched so that its largest number is 127."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    scaled = vectors * (LARGEST / np.maximum(largest, SHORTEST))
    return bytes(np.rint(scaled).astype(np.int8).tobytes())


def unpack(data: bytes, dimension: int) -> Vectors:
    """The rows, of length 1 again."""
    numbers: NDArray[np.int8] = np.frombuffer(data, np.int8).reshape(-1, dimension)
    return normalized(numbers.astype(np.float32))


def normalized(vectors: Vectors) -> Vectors:
    """The rows with length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    quotients: Vectors = vectors / np.maximum(lengths, SHORTEST)
    return quotients
