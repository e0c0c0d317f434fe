"""The embedding model that the settings name: the built-in encoder, or an endpoint of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Protocol

import numpy as np
from django.conf import settings

from knowledge.embedding import encoder
from knowledge.embedding.passage_vectors import PassageVectors
from knowledge.embedding.vectors import Vectors
from knowledge.text.sentences import split_sentences

# As `EMBEDDING_MODEL`: there are no vectors.
NONE = "none"
# Of a chunk; what comes after counts as a part of the whole only.
MAX_SENTENCES = 32


@dataclass(frozen=True, slots=True)
class Endpoint:
    base_url: str
    model: str
    api_key: str = field(repr=False)
    timeout_s: float


class Embedder(Protocol):
    """All rows have length 1. Raises `EmbeddingFailed`."""

    # As it is stored beside the vectors.
    model: str

    def embed_passages(self, texts: Sequence[str]) -> list[PassageVectors]: ...

    def embed_question(self, question: str) -> Vectors:
        """One row."""


class BuiltInEmbedder:
    model = encoder.MODEL

    def embed_passages(self, texts: Sequence[str]) -> list[PassageVectors]:
        split = [split_sentences(text)[:MAX_SENTENCES] for text in texts]
        vectors = encoder.encode([*texts, *(each for sentences in split for each in sentences)])
        bounds = np.cumsum([len(texts), *map(len, split)])
        return [
            PassageVectors(vectors[index : index + 1], vectors[start:end])
            for index, (start, end) in enumerate(pairwise(bounds))
        ]

    def embed_question(self, question: str) -> Vectors:
        return encoder.encode([question])


def current_embedder() -> Embedder | None:
    """None if the settings want no vectors."""
    if settings.EMBEDDING_MODEL == NONE:
        return None
    return _embedder(
        Endpoint(
            settings.EMBEDDING_BASE_URL,
            settings.EMBEDDING_MODEL,
            settings.EMBEDDING_API_KEY,
            settings.EMBEDDING_TIMEOUT_S,
        )
    )


@cache
def _embedder(endpoint: Endpoint) -> Embedder:
    if not endpoint.base_url:
        return BuiltInEmbedder()
    # Imported when it is needed: its HTTP client takes some tenths of a second.
    module = import_module("knowledge.embedding.endpoint")
    found: Embedder = module.EndpointEmbedder(endpoint)
    return found
