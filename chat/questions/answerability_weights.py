"""Weights of `answerability`, learned by `benchmarks/learning.py`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    constant: float
    # In the order of `Features`.
    of_features: Sequence[float]


ENGLISH = Weights(
    -3.41, (-0.39, 2.06, 1.89, 0.59, 0.33, -1.5, 1.92, 3.16, -0.11, -0.87, 0.11, 5.41)
)
CHINESE = Weights(-8.27, (0.86, 2.54, 3.57, 2.93, 2.29, -0.09, 3.11, 0.45, 0.45, -2.87, 0.01, 6.23))
