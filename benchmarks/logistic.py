"""Logistic regression: how weights of features are learned."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

# Mild, since the features are few.
PENALTY, STEPS = 3.0, 30
# How often samples are halved.
HALVINGS = 4

Sample = TypeVar("Sample")


def learned(rows: Rows, answers: Rows, counts: Rows) -> tuple[float, Rows]:
    """The constant and the weights, by Newton's method. `answers`: 1 or 0 for each row; `counts`:
    how much it counts."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    penalty = np.diag([*(PENALTY for _ in mean), 0.0])
    found = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (counts * (answers - likely)) - penalty @ found
        curve = (scaled.T * (counts * (likely * (1 - likely) + 1e-6))) @ scaled + penalty
        found = found + np.linalg.solve(curve, slope)
    weights = found[:-1] / spread
    return float(found[-1] - mean @ weights), weights


def halves(
    samples: Sequence[Sample], group_of: Callable[[Sample], str]
) -> Iterator[tuple[list[Sample], list[Sample]]]:
    """Halves to learn from, each with the other one to try. Groups are drawn at random, but the
    same each time, and stay whole: no half learns what the other is asked."""
    groups = sorted({group_of(sample) for sample in samples})
    for seed in range(HALVINGS):
        chosen = set(random.Random(seed).sample(groups, len(groups) // 2))
        first = [sample for sample in samples if group_of(sample) in chosen]
        second = [sample for sample in samples if group_of(sample) not in chosen]
        yield first, second
        yield second, first
