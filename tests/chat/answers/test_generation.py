"""What an answer is generated from: chunks of files and of searches, and their reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts.identity import Identity
from chat.answers.attachments import save
from chat.answers.references import reference_of
from chat.answers.retrieval import retrieve
from chat.answers.turn import Turn
from core.ids import new_id
from knowledge.ingestion import ingest
from knowledge.models import Document, KnowledgeBase
from knowledge.search.scored_chunk import ScoredChunk
from tests.support.seeded_data import HANDBOOK, QUESTION
from tests.support.world import World

pytestmark = pytest.mark.database

FERRIES = """# Ferries

The ferry to Tilos leaves Rhodes at noon.

# Buses

The bus to Livadia leaves the square every hour.

# Museums

The museum is closed in winter.
"""


@pytest.fixture
def tilos(world: World) -> Document:
    return ingest(world.knowledge_base, "tilos.md", HANDBOOK.encode())


@pytest.fixture
def turn(world: World, tilos: Document) -> Turn:
    return Turn(
        answer_id=new_id(),
        session_id=new_id(),
        user_id=world.alice.user.pk,
        question=QUESTION,
        engine="extractive",
        kb_ids=(world.knowledge_base.pk,),
    )


def names(turn: Turn) -> list[str]:
    return [chunk.document_name for chunk in retrieve(turn).chunks]


class TestSearching:
    def test_a_question_finds_the_chunk_with_its_answer(self, turn: Turn, tilos: Document) -> None:
        best, *_ = retrieve(turn).chunks
        assert (best.document_id, best.place) == (tilos.pk, "Tilos")
        assert "Megalo Chorio" in best.text
        assert best.similarity >= turn.similarity_threshold

    def test_documents_of_other_users_are_not_found(self, turn: Turn, world: World) -> None:
        """Even if a turn named them, other people's documents would not be found."""
        assert retrieve(replace(turn, user_id=world.bob.user.pk)).chunks == []

    def test_what_is_less_similar_than_the_threshold_is_left_out(self, turn: Turn) -> None:
        vague = replace(turn, question="Which island has the best weather for windsurfing?")
        assert retrieve(replace(vague, similarity_threshold=0.0)).chunks
        assert retrieve(replace(vague, similarity_threshold=0.9)).chunks == []

    def test_a_search_gives_at_most_top_n_chunks(self, turn: Turn, world: World) -> None:
        for number in range(4):
            ingest(world.knowledge_base, f"{number}.md", f"{number}: the island of Tilos".encode())
        anything = replace(turn, question="island of Tilos", similarity_threshold=0.0)
        # A sixth chunk is in Chinese.
        assert [len(retrieve(replace(anything, top_n=n)).chunks) for n in (1, 3, 50)] == [1, 3, 5]

    def test_only_the_named_documents_are_searched(self, turn: Turn, world: World) -> None:
        other_base = KnowledgeBase.objects.create(owner=world.alice.user, name="Other")
        other = ingest(other_base, "other.md", b"Tilos is an island. Its capital is far.")
        both = (world.knowledge_base.pk, other_base.pk)
        assert set(names(replace(turn, kb_ids=both))) == {"tilos.md", "other.md"}
        assert names(replace(turn, kb_ids=both, doc_ids=(other.pk,))) == ["other.md"]
        # Of a base that is not searched, nothing is found.
        assert names(replace(turn, doc_ids=(other.pk,))) == []

    def test_without_knowledge_bases_nothing_is_found(self, turn: Turn) -> None:
        assert retrieve(replace(turn, kb_ids=())).chunks == []


class TestFiles:
    def test_chunks_of_files_come_before_those_of_the_search(
        self, turn: Turn, world: World
    ) -> None:
        files = tuple(save(Identity(world.alice.user, "shell"), [("ferries.md", FERRIES.encode())]))
        asked = replace(turn, question="When does the bus to Livadia on Tilos leave?", files=files)
        first, *rest = retrieve(replace(asked, similarity_threshold=0.0)).chunks
        assert (first.document_name, first.place) == ("ferries.md", "Buses")
        assert first.document_id == files[0].pk
        assert first.knowledge_base_id is None
        assert [chunk.document_name for chunk in rest][-1] == "tilos.md"

    def test_files_give_at_most_top_n_chunks(self, turn: Turn, world: World) -> None:
        files = tuple(save(Identity(world.alice.user, "shell"), [("ferries.md", FERRIES.encode())]))
        asked = replace(turn, question="museum", files=files, kb_ids=(), top_n=1)
        [only] = retrieve(asked).chunks
        assert only.place == "Museums"

    def test_a_question_without_terms_gets_the_file_from_its_beginning(
        self, turn: Turn, world: World
    ) -> None:
        files = tuple(save(Identity(world.alice.user, "shell"), [("ferries.md", FERRIES.encode())]))
        asked = replace(turn, question="What does this say?", files=files, kb_ids=())
        assert [chunk.place for chunk in retrieve(asked).chunks] == ["Ferries", "Buses", "Museums"]


class TestReferences:
    @pytest.fixture
    def chunks(self) -> list[ScoredChunk]:
        one, two = new_id(), new_id()
        return [chunk_of(one, "one.md"), chunk_of(two, "two.md"), chunk_of(one, "one.md")]

    def test_chunks_keep_their_order_since_citations_count_them(
        self, chunks: list[ScoredChunk]
    ) -> None:
        reference = reference_of(chunks, "Yes [ID:2].")
        assert [chunk["id"] for chunk in reference["chunks"]] == [c.id.hex for c in chunks]
        assert reference["total"] == 3

    @pytest.mark.parametrize(
        ("answer", "counts"),
        [
            ("Yes [ID:1].", {"two.md": 1}),
            ("Yes [ID:0][ID:2] and again [ID:0].", {"one.md": 2}),
            ("Yes [ID:1], no [ID:99].", {"two.md": 1}),
            # Without a citation that leads somewhere, all of them may be behind it.
            ("Yes.", {"one.md": 2, "two.md": 1}),
            ("Yes [ID:99].", {"one.md": 2, "two.md": 1}),
            ("Yes [ID:-1] [ID:x] [ID:12345].", {"one.md": 2, "two.md": 1}),
        ],
    )
    def test_documents_are_counted_by_what_is_cited(
        self, chunks: list[ScoredChunk], answer: str, counts: dict[str, int]
    ) -> None:
        shown = reference_of(chunks, answer)["doc_aggs"]
        assert {row["doc_name"]: row["count"] for row in shown} == counts
        assert shown[0]["count"] == max(counts.values())

    def test_without_chunks_the_reference_is_empty(self) -> None:
        assert reference_of([], "Sorry! [ID:0]") == {"total": 0, "chunks": [], "doc_aggs": []}

    def test_a_chunk_has_all_the_keys_clients_know(self, chunks: list[ScoredChunk]) -> None:
        chunk: dict[str, Any] = reference_of(chunks, "")["chunks"][0]
        assert set(chunk) == {
            "id",
            "content",
            "document_id",
            "document_name",
            "dataset_id",
            "image_id",
            "positions",
            "url",
            "similarity",
            "vector_similarity",
            "term_similarity",
            "doc_type",
            "document_metadata",
        }
        assert chunk["dataset_id"] == ""
        assert chunk["document_metadata"] == {"place": "Here"}


def chunk_of(document_id: Any, name: str) -> ScoredChunk:
    return ScoredChunk(
        id=new_id(),
        text="Text",
        document_id=document_id,
        document_name=name,
        knowledge_base_id=None,
        place="Here",
        similarity=0.5,
        term_similarity=0.5,
        vector_similarity=0.0,
    )
