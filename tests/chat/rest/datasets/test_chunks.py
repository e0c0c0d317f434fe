"""Chunks over HTTP: listing, adding, changing, switching off, deleting, and searching for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import ingest
from knowledge.models import Chunk, ChunkVectors, Document
from knowledge.search.retrieval import search
from tests.support.http_requests import request
from tests.support.rest_client import client_of, data_of, refusal_of
from tests.support.world import World

pytestmark = pytest.mark.database

TEA = b"# Tea\n\nGreen tea is steamed.\n\n# Coffee\n\nCoffee is roasted.\n"


@pytest.fixture
def alice(world: World) -> Client:
    return client_of(world.alice)


@pytest.fixture
def document(world: World) -> Document:
    document = ingest(world.knowledge_base, "drinks.md", TEA)
    while write_some_vectors():
        pass
    return document


@pytest.fixture
def address(document: Document) -> str:
    dataset = f"/api/v1/datasets/{document.knowledge_base_id.hex}"
    return f"{dataset}/documents/{document.pk.hex}/chunks"


def send(client: Client, method: str, address: str, body: Any) -> Any:
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def found(world: World, question: str) -> list[str]:
    chunks = search(
        question, owner_id=world.alice.user.pk, kb_ids=[world.knowledge_base.pk], threshold=0.5
    )
    return [chunk.text for chunk in chunks]


def test_they_are_listed_and_found_by_id_and_text(alice: Client, address: str) -> None:
    listed = data_of(alice.get(address))
    assert (listed["total"], listed["doc"]["name"]) == (2, "drinks.md")
    tea, coffee = listed["chunks"]
    assert (tea["content"], tea["place"], tea["available"]) == (
        "Green tea is steamed.",
        "Tea",
        True,
    )
    assert data_of(alice.get(f"{address}?keywords=ROASTED"))["chunks"] == [coffee]
    assert data_of(alice.get(f"{address}?id={tea['id']}"))["chunks"] == [tea]
    assert data_of(alice.get(f"{address}?page=2&page_size=1"))["chunks"] == [coffee]
    assert data_of(alice.get(f"{address}/{tea['id']}")) == tea
    assert refusal_of(alice.get(f"{address}?id=nonsense"), 404) == "There is no such chunk"


def test_one_that_is_added_is_found_by_text_keywords_and_questions(
    alice: Client, address: str, world: World
) -> None:
    body = {
        "content": "Cocoa is bitter.",
        "important_keywords": ["xocolatl"],
        "questions": ["What did the Aztecs drink?"],
    }
    added = data_of(send(alice, "POST", address, body))["chunk"]
    assert {name: added[name] for name in body} == body
    for question in ("bitter cocoa", "xocolatl", "What did the Aztecs drink?"):
        assert found(world, question)[0] == "Cocoa is bitter."
    [document] = Document.objects.filter(name="drinks.md")
    assert document.chunk_count == document.chunks.count() == 3
    assert Chunk.objects.latest("position").text == "Cocoa is bitter."


def test_a_changed_text_is_found_and_the_old_one_is_not(
    alice: Client, address: str, world: World
) -> None:
    tea = data_of(alice.get(address))["chunks"][0]
    changed = data_of(
        send(alice, "PUT", f"{address}/{tea['id']}", {"content": "Oolong is rolled."})
    )
    assert changed == {**tea, "content": "Oolong is rolled."}
    assert found(world, "rolled oolong") == ["Oolong is rolled."]
    assert found(world, "steamed green") == []
    while write_some_vectors():
        pass
    assert ChunkVectors.objects.count() == 2


def test_one_that_is_switched_off_is_found_by_no_search_until_it_is_on_again(
    alice: Client, address: str, world: World
) -> None:
    tea = data_of(alice.get(address))["chunks"][0]
    assert found(world, "steamed green tea") == ["Green tea is steamed."]
    off = {"chunk_ids": [tea["id"]], "available": False}
    assert data_of(send(alice, "PUT", address, off)) == {"success_count": 1}
    # Neither by words nor by meaning, also after vectors were made again.
    for _ in range(2):
        assert "Green tea is steamed." not in found(world, "steamed green tea")
        assert "Green tea is steamed." not in found(world, "绿茶是怎么做的？")
        while write_some_vectors():
            pass
    assert data_of(alice.get(f"{address}/{tea['id']}"))["available"] is False
    data_of(send(alice, "PUT", f"{address}/{tea['id']}", {"available": 1}))
    assert found(world, "steamed green tea") == ["Green tea is steamed."]


def test_some_and_all_are_deleted(alice: Client, address: str, world: World) -> None:
    tea = data_of(alice.get(address))["chunks"][0]
    assert data_of(send(alice, "DELETE", address, {"chunk_ids": [tea["id"]]})) == {
        "success_count": 1
    }
    assert found(world, "steamed green tea") == []
    assert Document.objects.get(name="drinks.md").chunk_count == 1
    assert data_of(send(alice, "DELETE", address, {"chunk_ids": None})) == {"success_count": 1}
    assert data_of(alice.get(address))["total"] == 0


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("POST", {}, "content"),
        ("POST", {"content": " "}, "content"),
        ("POST", {"content": "a" * 20_001}, "content"),
        ("POST", {"content": "a", "important_keywords": "b"}, "important_keywords"),
        ("POST", {"content": "a", "questions": [1]}, "questions"),
        ("POST", {"content": "a", "questions": ["b"] * 101}, "questions"),
        ("PUT", {"chunk_ids": []}, "available"),
        ("PUT", {"chunk_ids": [], "available": "no"}, "available"),
        ("PUT", {"available": True}, "chunk_ids"),
        ("DELETE", {}, "chunk_ids"),
    ],
)
def test_a_wrong_field_is_named(
    alice: Client, address: str, method: str, body: Any, field: str
) -> None:
    assert f"`{field}`" in refusal_of(send(alice, method, address, body), 400)


class TestRetrieval:
    """Outside Django's views: in the threads that search."""

    pytestmark = pytest.mark.django_db(transaction=True)

    async def retrieve(self, world: World, **body: Any) -> Any:
        headers = {"authorization": f"Bearer {world.alice.token}"}
        fields: Mapping[str, Any] = {"dataset_ids": [world.knowledge_base.pk.hex], **body}
        return await request("POST", "/api/v1/retrieval", headers, fields)

    async def test_chunks_come_best_first_in_pages(self, world: World, document: Document) -> None:
        body = {"question": "Is green tea roasted?", "similarity_threshold": 0.01}
        reply = await self.retrieve(world, **body)
        data = reply.json()["data"]
        best, other = data["chunks"]
        assert (best["content"], best["document_keyword"]) == ("Green tea is steamed.", "drinks.md")
        assert 1 >= best["similarity"] >= other["similarity"] > 0
        assert data["total"] == 2
        assert data["doc_aggs"] == [
            {"doc_id": document.pk.hex, "doc_name": "drinks.md", "count": 2}
        ]
        second = await self.retrieve(world, **body, page=2, page_size=1)
        assert second.json()["data"]["chunks"] == [other]
        strict = await self.retrieve(world, question="roasted coffee", similarity_threshold=0.9)
        assert [one["content"] for one in strict.json()["data"]["chunks"]] == ["Coffee is roasted."]

    @pytest.mark.parametrize(
        "field",
        [
            {"question": None},
            {"dataset_ids": []},
            {"page": 0},
            {"page_size": "9"},
            {"top_k": 9999},
            {"similarity_threshold": 2},
            {"rerank_id": "a model"},
            {"use_kg": True},
        ],
    )
    async def test_a_wrong_field_is_named(self, world: World, field: dict[str, Any]) -> None:
        reply = await self.retrieve(world, **{"question": "Tea?", **field})
        assert reply.status == 400
        assert f"`{next(iter(field))}`" in reply.text
