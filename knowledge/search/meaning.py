"""What chunks mean, compared with what the question means: the part of a search that needs no words
in common."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.outage import Outage
from knowledge.embedding.embedder import Embedder, current_embedder
from knowledge.embedding.packing import unpack
from knowledge.embedding.vectors import Vectors
from knowledge.errors import EmbeddingFailed
from knowledge.index.base import SearchScope
from knowledge.index.current_vector_index import VectorIndex, get_vector_index
from knowledge.models import Chunk, ChunkVectors, KnowledgeBase

logger = logging.getLogger(__name__)

_outage = Outage("The embedding model")


# In another language some chunks are near to every question. To rank them, so much of what they
# are like to all chunks is taken off, and the whole counts for more than the best sentence.
USUAL_WEIGHT, WHOLE_WEIGHT = 0.4, 0.6


@dataclass(frozen=True, slots=True)
class Similarity:
    # From 0 to 1: the mean of what the whole is like and what its most similar sentence is like.
    value: float
    # What chunks in another language are ranked by.
    beyond_usual: float


class Meaning:
    """A question's vector, and the vectors that it can be compared with."""

    def __init__(
        self, question: Vectors, bases: Sequence[KnowledgeBase], model: str, index: VectorIndex
    ) -> None:
        self._question = question
        self._bases = bases
        self._model = model
        self._index = index

    def nearest(self, scope: SearchScope, limit: int) -> list[int]:
        """The rowids of the chunks whose vectors are nearest."""
        among: Collection[int] | None = None
        if scope.doc_ids:
            chunks = Chunk.objects.filter(document__in=scope.doc_ids)
            among = set(chunks.values_list("rowid", flat=True))
        return self._index.nearest(self._question, self._bases, limit, among)

    def forget_deleted(self) -> None:
        self._index.forget(self._bases)

    def similarities(self, rowids: Sequence[int]) -> Mapping[int, Similarity]:
        """Of each chunk that has vectors."""
        stored = ChunkVectors.objects.filter(chunk__in=rowids, model=self._model)
        found = list(stored.values_list("chunk_id", "whole", "sentences"))
        if not found:
            return {}
        counts = [max(1, len(sentences) // len(whole)) for _, whole, sentences in found]
        data = b"".join(
            bytes(part) for _, whole, sentences in found for part in (whole, sentences or whole)
        )
        dimension = self._question.shape[1]
        usual = self._index.usual(self._bases, dimension)
        questions = np.stack([self._question[0], self._question[0] - USUAL_WEIGHT * usual])
        scores = unpack(data, dimension) @ questions.T
        similarities: dict[int, Similarity] = {}
        place = 0
        for (rowid, _, _), count in zip(found, counts, strict=True):
            whole, best = scores[place], scores[place + 1 : place + 1 + count].max(axis=0)
            similarities[rowid] = Similarity(
                float(min(1.0, max(0.0, (whole[0] + best[0]) / 2))),
                float(WHOLE_WEIGHT * whole[1] + (1 - WHOLE_WEIGHT) * best[1]),
            )
            place += 1 + count
        return similarities


def meaning_of(question: str, scope: SearchScope) -> Meaning | None:
    """None if there are no vectors to compare with, or the model fails: then words must do."""
    embedder = current_embedder()
    bases = _bases_with_vectors(scope, embedder) if embedder else []
    if embedder is None or not bases:
        return None
    try:
        vector = embedder.embed_question(question)
    except EmbeddingFailed as error:
        _outage.begins(error)
        return None
    _outage.is_over()
    dimension = vector.shape[1]
    comparable = [base for base in bases if base.embedding_dimension == dimension]
    if not comparable:
        return None
    return Meaning(vector, comparable, embedder.model, get_vector_index(comparable))


def _bases_with_vectors(scope: SearchScope, embedder: Embedder) -> list[KnowledgeBase]:
    owned = KnowledgeBase.objects.filter(owner=scope.owner_id, pk__in=scope.kb_ids)
    embedded = owned.filter(embedding_model=embedder.model, embedding_dimension__isnull=False)
    return list(embedded.only("pk", "embedding_model", "embedding_dimension").order_by("pk"))
