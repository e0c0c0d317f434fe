"""Weights of `answerability`, learned by `benchmarks/learning.py`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    constant: float
    # In the order of `Features`.
    of_features: Sequence[float]


ENGLISH = Weights(
    -3.75, (-0.57, 1.79, 2.87, 1.22, 1.38, -2.34, 2.79, -1.06, 0.88, -0.32, 4.61, 4.38, 1.58)
)
CHINESE = Weights(
    -3.58, (-1.29, 1.07, 3.52, 2.65, 2.06, -2.53, 3.78, -2.04, 0.18, -0.45, 6.8, 1.29, 2.33)
)
