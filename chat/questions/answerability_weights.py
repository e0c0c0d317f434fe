"""Weights of `answerability`, learned by `benchmarks/learning.py`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    constant: float
    # In the order of `Features`.
    of_features: Sequence[float]


ENGLISH = Weights(
    -4.77, (0.46, 2.07, 1.74, 1.08, 0.98, -1.71, 2.91, 3.01, -0.17, -0.74, 0.31, 5.39)
)
CHINESE = Weights(-8.4, (0.86, 2.54, 3.57, 2.93, 2.29, -0.09, 3.11, 0.45, 0.45, -2.87, 0.01, 6.23))
