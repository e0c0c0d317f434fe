"""Weights of `follow_up`: a logistic regression, learned from follow-ups of conversations, and from
complete questions after another one, in large bases and in bases of ten passages.
`benchmarks/learning_follow_ups.py` learns such weights anew."""

CONSTANT = 4.87
# In the order of `Features`.
WEIGHTS = (2.91, 6.81, -1.59, -1.09, -4.61, -1.61, -1.11, 1.31, 0.58, -0.09, 6.23, -6.16)
