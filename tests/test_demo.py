"""The demo documents answer the questions that are suggested for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from knowledge.search.retrieval import search
from ragws.quickstart import library_files
from tests.support.world import World

DEMO = Path(settings.BASE_DIR) / "demo"
QUESTIONS = {
    language: json.loads((DEMO / "questions.json").read_text())[language]
    for language in ("en", "zh")
}


@pytest.fixture
def demo_knowledge_base(world: World) -> KnowledgeBase:
    for path in library_files():
        ingest(world.knowledge_base, path.name, path.read_bytes())
    return world.knowledge_base


def test_each_question_finds_a_document_in_its_language(demo_knowledge_base: KnowledgeBase) -> None:
    for language, questions in QUESTIONS.items():
        names = {path.name for path in (DEMO / language).iterdir()}
        for question in questions:
            best, *_ = search(
                question,
                owner_id=demo_knowledge_base.owner_id,
                kb_ids=[demo_knowledge_base.pk],
                threshold=0.2,
            )
            assert best.document_name in names, question


def test_every_demo_file_can_be_read(demo_knowledge_base: KnowledgeBase) -> None:
    assert demo_knowledge_base.documents.filter(status="ready").count() == len(library_files())
