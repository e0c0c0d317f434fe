"""Weights of `answerability`, learned by `benchmarks/learning.py`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    constant: float
    # In the order of `Features`.
    of_features: Sequence[float]


# fmt: off
ENGLISH = Weights(
    -7.63,
    (-4.34, 6.09, 2.45, 1.56, 2.79, -0.98, -1.71, 0.90,
     2.29, 1.59, 0.39, 1.53, -0.22, 2.26, 3.01, 4.36),
)
CHINESE = Weights(
    -12.43,
    (-0.11, 2.32, 2.64, 2.75, 3.87, -1.54, -0.22, 0.41,
     2.03, 4.58, 1.13, 0.49, -0.09, 6.01, -0.58, 3.10),
)
# fmt: on
