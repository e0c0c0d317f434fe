"""Loads the question sets into a database of their own, for `retrieval` and `extractive`.

Import it before anything that needs Django: it sets Django up.
"""

import json
import os
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import django
from django.core.management import call_command

# Deleted at the end of the process.
_folder = tempfile.TemporaryDirectory(prefix="ragws-benchmark-")
os.environ["RAGWS_DATA_DIR"] = _folder.name
os.environ["DATABASE_URL"] = os.environ.get("BENCHMARK_DATABASE_URL", "")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")
django.setup()

from accounts.models import User  # noqa: E402
from knowledge.embedding.vector_writing import write_some_vectors  # noqa: E402
from knowledge.ingestion import ingest  # noqa: E402
from knowledge.models import Chunk, KnowledgeBase  # noqa: E402
from knowledge.text.places import first_heading  # noqa: E402

SETS = {"en": ("en_xquad", "en_nq"), "zh": ("zh_cmrc", "zh_drcd")}
# The passages that conversations are about.
TALKS = {**SETS, "mtrag": ("en_mtrag",)}
# Questions in the other language, the passages that answer them, and a pool those are among.
CROSS = {"cross_zh_en": ("en_xquad", "en"), "cross_en_zh": ("zh_xquad", "zh")}

# Of a document without a heading: no question has it.
NO_TITLE = "\n"


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    answers: tuple[str, ...]
    # The document that holds the answer.
    document: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """All passages of a language, each a document of one knowledge base."""

    owner_id: UUID
    kb_id: UUID
    questions: dict[str, list[Question]]
    chunks: int
    index_s: float
    embed_s: float


def arguments(description: str) -> ArgumentParser:
    parser = ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--json", action="store_true", help="print one line of JSON only")
    return parser


def build(data: Path, language: str) -> Corpus:
    questions = {name: read_questions(data, name) for name in SETS[language]}
    return build_corpus(data, language, SETS[language], questions)


def cross_language(
    data: Path, pools: Mapping[str, Corpus]
) -> Iterator[tuple[str, Corpus, list[UUID]]]:
    """Questions in another language than the passages, and the bases to search: that of the
    passages, and that with the others of a pool."""
    for name, (passages, language) in CROSS.items():
        corpus = build_corpus(data, name, [passages], {name: read_questions(data, name)})
        yield name, corpus, [corpus.kb_id]
        # The passages may be in the pool.
        alone = [] if passages in SETS[language] else [corpus.kb_id]
        yield f"{name} pooled", corpus, [*alone, pools[language].kb_id]


def build_corpus(
    data: Path, name: str, passages: Sequence[str], questions: dict[str, list[Question]]
) -> Corpus:
    """In a database that is kept (`BENCHMARK_DATABASE_URL`), documents are read once."""
    owner = benchmark_user()
    base, is_new = KnowledgeBase.objects.get_or_create(owner=owner, name=name)
    started = time.perf_counter()
    for file in passages if is_new else ():
        for passage in lines(data / f"{file}.passages.jsonl"):
            text = f"# {passage['title']}\n\n{passage['text']}"
            ingest(base, f"{passage['id']}.md", text.encode())
    index_s = time.perf_counter() - started
    while write_some_vectors():
        pass
    chunks = Chunk.objects.filter(knowledge_base=base).count()
    embed_s = time.perf_counter() - started - index_s
    return Corpus(owner.id, base.id, questions, chunks, index_s, embed_s)


def titles_of(base: KnowledgeBase) -> dict[str, str]:
    """Of each document, the title without what tells it from others ("Mercury (planet)"); NO_TITLE
    if it has none."""
    places = Chunk.objects.filter(knowledge_base=base).values_list("document__name", "place")
    return {name: first_heading(place).partition(" (")[0] or NO_TITLE for name, place in places}


def benchmark_user(name: str = "benchmark") -> User:
    call_command("migrate", verbosity=0)
    return User.objects.get_or_create(username=name)[0]


def read_questions(data: Path, name: str) -> list[Question]:
    return [
        Question(line["question"], tuple(line["answers"]), f"{line['passage_id']}.md")
        for line in lines(data / f"{name}.questions.jsonl")
    ]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
