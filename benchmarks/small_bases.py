"""Small knowledge bases: a few documents of a large one, drawn at random."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from benchmarks.evaluation import Corpus, Question
from knowledge.models import Chunk, ChunkVectors, Document, KnowledgeBase

# The documents of each.
SIZES = (5, 8, 12, 20)


def small_bases(
    base: KnowledgeBase, corpus: Corpus, count: int
) -> Iterator[tuple[KnowledgeBase, Sequence[Question]]]:
    """Each with a question to each of its documents, until the next one is asked for."""
    questions: dict[str, list[Question]] = {}
    for question in chain(*corpus.questions.values()):
        questions.setdefault(question.document, []).append(question)
    chance = random.Random(1)
    for number in range(count):
        size = min(SIZES[number % len(SIZES)], len(questions))
        names = chance.sample(sorted(questions), size)
        with small_base(base, names) as small:
            yield small, [chance.choice(questions[name]) for name in names]


@contextmanager
def small_base(base: KnowledgeBase, names: Sequence[str]) -> Iterator[KnowledgeBase]:
    """The documents are taken from the large one for a while."""
    small = KnowledgeBase.objects.create(
        owner=base.owner,
        name=f"{base.name}, small",
        embedding_model=base.embedding_model,
        embedding_dimension=base.embedding_dimension,
    )
    move(names, base, small)
    _move_vectors(names, base, small)
    try:
        yield small
    finally:
        _move_vectors(names, small, base)
        move(names, small, base)
        small.delete()


def move(names: Iterable[str], source: KnowledgeBase, target: KnowledgeBase) -> None:
    """Documents and their passages."""
    documents = Document.objects.filter(knowledge_base=source, name__in=names)
    ids = list(documents.values_list("pk", flat=True))
    Chunk.objects.filter(document__in=ids).update(knowledge_base=target)
    Document.objects.filter(pk__in=ids).update(knowledge_base=target)


def _move_vectors(names: Iterable[str], source: KnowledgeBase, target: KnowledgeBase) -> None:
    """Not when a single document is moved: what an index in memory has read stays as it is."""
    vectors = ChunkVectors.objects.filter(knowledge_base=source, chunk__document__name__in=names)
    vectors.update(knowledge_base=target)
