"""Weights of `follow_up`, learned by `benchmarks/learning.py`."""

CONSTANT = 4.87
# In the order of `Features`.
WEIGHTS = (2.91, 6.81, -1.59, -1.09, -4.61, -1.61, -1.11, 1.31, 0.58, -0.09, 6.23, -6.16)
