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
    -12.1,
    (0.02, 2.47, 2.49, 2.50, 3.85, -1.52, -0.22, 0.39,
     2.00, 4.61, 1.14, 0.52, -0.09, 5.81, -0.35, 3.16),
)
# fmt: on
