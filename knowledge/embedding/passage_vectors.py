"""The vectors of a passage: one of the whole, and those of its sentences."""

from dataclasses import dataclass

from knowledge.embedding.vectors import Vectors


@dataclass(frozen=True, slots=True)
class PassageVectors:
    # One row.
    whole: Vectors
    # A row each; none if the model is good at whole passages.
    sentences: Vectors
