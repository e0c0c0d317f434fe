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
    -7.66,
    (-4.49, 6.09, 2.57, 1.65, 2.74, -0.99, -1.73, 0.91,
     2.32, 1.44, 0.39, 1.54, -0.21, 2.27, 3.07, 4.32),
)
CHINESE = Weights(
    -12.46,
    (-0.13, 2.25, 2.74, 2.91, 3.98, -1.39, -0.23, 0.41,
     2.07, 4.52, 1.10, 0.51, -0.09, 6.01, -0.56, 3.04),
)
# fmt: on
