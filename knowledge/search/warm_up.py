"""Loads what the first search would wait for: the encoder and the dictionary, some seconds."""

from __future__ import annotations

from django.conf import settings

from knowledge.embedding import encoder
from knowledge.embedding.embedder import current_embedder
from knowledge.embedding.rarity import surprisal
from knowledge.translation.question_words import translate

QUESTION = "How is tea made?"


def warm_up() -> None:
    """Asks no model server."""
    if current_embedder() is None:
        return
    if not settings.EMBEDDING_BASE_URL:
        encoder.encode([QUESTION])
    surprisal(QUESTION)
    translate(QUESTION)
