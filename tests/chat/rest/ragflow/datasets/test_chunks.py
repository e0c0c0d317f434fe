"""Chunks and retrieval below `/ragflow`."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.rest.ragflow.datasets import retrieval_fields
from chat.rest.ragflow.views import Refusal
from core.ids import new_id
from knowledge.ingestion import ingest
from knowledge.models import Document
from tests.support.ragflow_api import NEW, RAGFlowAPI
from tests.support.ragflow_client import RAGFlowClient
from tests.support.world import World

pytestmark = pytest.mark.database
NO_STRING = "TypeError('sequence item 0: expected str instance, int found')"
NONE = "0" * 32


@pytest.fixture
def api(world: World) -> RAGFlowClient:
    return RAGFlowClient(world.alice)


@pytest.fixture
def document(world: World) -> Document:
    return ingest(world.knowledge_base, "tea.md", b"Green tea wants 80 degrees.")


@pytest.fixture
def path(document: Document) -> str:
    return f"datasets/{document.knowledge_base_id.hex}/documents/{document.pk.hex}/chunks"


def add(api: RAGFlowClient, path: str, *contents: str) -> list[str]:
    return [api.data("POST", path, {"content": one})["chunk"]["id"] for one in contents]


NOT_ADDED: list[tuple[Any, int, str]] = [
    ({}, 100, "TypeError(\"unsupported operand type(s) for +: 'NoneType' and 'str'\")"),
    (
        {"content": 1},
        100,
        "TypeError(\"unsupported operand type(s) for +: 'int' and 'str'\")",
    ),
    ({"content": ""}, 102, "`content` is required"),
    ({"content": " \n"}, 102, "`content` is required"),
    ({"content": "x" * 20_001}, 102, "`content` may have at most"),
    ({"content": "x", "questions": "y"}, 102, "`questions` is required to be a list"),
    ({"content": "x", "important_keywords": [1]}, 100, NO_STRING),
    ({"content": "x", "important_keywords": ["y"] * 101}, 102, "`important_keywords` may"),
]


class TestAdding:
    def test_what_is_sent_is_shown(self, api: RAGFlowClient, path: str) -> None:
        sent = {
            "content": " \nOolong! ",
            "important_keywords": ["", "a", "a"],
            "questions": [" ", " b "],
        }
        made = api.data("POST", path, sent)["chunk"]
        assert made == made | sent | {"questions": ["b"], "document_name": "tea.md"}
        assert made["create_timestamp"] > 1_700_000_000
        listed = api.data("GET", path)
        assert (listed["total"], listed["doc"]["chunk_count"]) == (2, 2)
        assert listed["chunks"][1] == {key: made[key] for key in listed["chunks"][1]}

    def test_others_are_refused(self, api: RAGFlowClient, path: str) -> None:
        for body, code, message in NOT_ADDED:
            found, said = api.refusal("POST", path, body)
            assert (found, said[: len(message)]) == (code, message)

    def test_ids_of_nothing_are_told(self, api: RAGFlowClient, path: str) -> None:
        _, dataset, _, document, _ = path.split("/")
        where = {f"datasets/{NONE}/documents/{document}/chunks": f"dataset {NONE}"}
        where[f"datasets/{dataset}/documents/{NONE}/chunks"] = f"document {NONE}"
        for address, what in where.items():
            for method, address_of_it in (
                ("GET", address),
                ("POST", address),
                ("PUT", f"{address}/x"),
            ):
                assert api.refusal(method, address_of_it, {"content": "x"}) == (
                    *(102, f"You don't own the {what}."),
                )


NARROWED: list[tuple[dict[str, Any], int]] = [
    ({}, 4),
    ({"page": 2, "page_size": 3}, 1),
    ({"page_size": 0}, 4),
    ({"keywords": "OOLONG 1"}, 1),
    ({"keywords": "\0"}, 0),
    ({"id": "", "unknown": "x"}, 4),
    ({"available": "true"}, 3),
    ({"available": "false"}, 1),
]


class TestLists:
    def test_they_are_narrowed(self, api: RAGFlowClient, path: str) -> None:
        ids = add(api, path, "Oolong 1", "Oolong 2", "Oolong 3")
        api.data("PUT", f"{path}/{ids[0]}", {"available": 0})
        for query, count in NARROWED:
            assert len(api.data("GET", path, **query)["chunks"]) == count, query
        assert [one["id"] for one in api.data("GET", path, id=ids[1])["chunks"]] == [ids[1]]
        assert api.refusal("GET", path, id="none") == (102, "Can't find this chunk none")


NOT_CHANGED: list[tuple[Any, int, str]] = [
    ({"content": " "}, 102, "`content` is required"),
    ({"questions": {}}, 102, "`questions` should be a list"),
    ({"important_keywords": [1]}, 100, NO_STRING),
    ({"available": "x"}, 100, "ValueError("),
    ({"available": None}, 100, "TypeError("),
    (["x"], 100, "AttributeError(\"'list' object"),
]


class TestChanges:
    def test_what_is_sent_counts(self, api: RAGFlowClient, path: str) -> None:
        [id] = add(api, path, "Oolong")
        sent = {"content": "Pu-erh", "questions": ["Old?"], "available": False, "unknown": 1}
        changed = api.data("PUT", f"{path}/{id}", sent)
        assert (changed["content"], changed["questions"]) == ("Pu-erh", ["Old?"])
        assert changed["available"] is False
        assert api.data("PATCH", f"{path}/{id}", {"content": None}) == changed
        assert api.data("GET", f"{path}/{id}") == changed

    def test_others_are_refused(self, api: RAGFlowClient, path: str) -> None:
        [id] = add(api, path, "Oolong")
        for body, code, message in NOT_CHANGED:
            found, said = api.refusal("PUT", f"{path}/{id}", body)
            assert (found, said[: len(message)]) == (code, message)
        assert api.refusal("PUT", f"{path}/none") == (102, "Can't find this chunk none")


class TestDeleting:
    def test_those_that_are_there_are_deleted(self, api: RAGFlowClient, path: str) -> None:
        ids = add(api, path, "1", "2", "3", "4")
        none = new_id().hex
        assert api.refusal("DELETE", path, {"chunk_ids": [ids[0], none, "x"]}) == (
            *(102, "rm_chunk deleted chunks 1, expect 3"),
        )
        assert api.data("DELETE", path, {"chunk_ids": [ids[1], ids[1]]}) == {
            "success_count": 1,
            "errors": [f"Duplicate chunk ids: {ids[1]}"],
        }
        answer = api.send("DELETE", path, {"chunk_ids": [ids[2]]})
        assert (answer["code"], answer["message"]) == (0, "deleted 1 chunks")
        assert api.data("GET", path)["doc"]["chunk_count"] == 2
        assert api.refusal("DELETE", path, {"chunk_ids": "x"})[0] == 102
        address = path.replace(path.split("/")[3], "none")
        assert api.refusal("DELETE", address, {}) == (
            *(100, 'LookupError("Can\'t find the document with ID none!")'),
        )

    def test_no_ids_mean_all_of_them(self, world: World, api: RAGFlowClient, path: str) -> None:
        """Up to release 0.24; since then that has to be said."""
        new = RAGFlowClient(world.alice, NEW)
        assert new.data("DELETE", path, {"chunk_ids": []}) is None
        assert new.data("GET", path)["total"] == 1
        assert api.data("DELETE", path, {"chunk_ids": []}) is None
        assert api.data("GET", path) == api.data("GET", path) | {"total": 0, "chunks": []}


class TestRetrieval:
    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            ({}, 102, "`dataset_ids` is required."),
            ({"dataset_ids": []}, 102, "`dataset_ids` is required."),
            ({"dataset_ids": ["x"]}, 102, "`question` is required."),
            ({"dataset_ids": "x", "question": ""}, 102, "`dataset_ids` should be a list"),
            ({"dataset_ids": [1], "question": ""}, 102, "`dataset_ids` should be a list"),
            ({"dataset_ids": ["x"] * 1001, "question": ""}, 102, "`dataset_ids` may have"),
            ({"dataset_ids": ["x"], "question": "", "document_ids": "x"}, 102, "`documents`"),
            ({"dataset_ids": ["x"], "question": "", "top_k": -1}, 100, "`top_k` must be greater"),
            ({"dataset_ids": ["x"], "question": "", "page": "a"}, 100, "ValueError("),
            ({"dataset_ids": ["x"], "question": "", "rerank_id": "x"}, 100, "LookupError("),
            ({"dataset_ids": ["x"], "question": "", "page": None}, 100, "TypeError("),
            (
                {"dataset_ids": ["x"], "question": "", "metadata_condition": {"conditions": [{}]}},
                *(102, "Passages cannot be searched by metadata here"),
            ),
        ],
        ids=lambda value: str(value)[-40:],
    )
    def test_what_makes_no_sense_is_refused(self, body: Any, code: int, message: str) -> None:
        with pytest.raises(Refusal) as refused:
            retrieval_fields.query_in(body)
        assert (refused.value.code, str(refused.value)[: len(message)]) == (code, message)

    def test_numbers_may_be_texts_and_out_of_range(self) -> None:
        body = {"dataset_ids": ["x", "x"], "question": None, "page": "3", "page_size": 10**9}
        more = {"similarity_threshold": "7", "vector_similarity_weight": 10, "rerank_id": ""}
        query = retrieval_fields.query_in(body | more)
        assert (query.dataset_ids, query.question, query.threshold) == (["x"], "", 1)
        assert (query.page, query.page_size, query.ranked) == (3, 1024, 1024)

    @pytest.mark.django_db(transaction=True)
    async def test_passages_are_found(self, world: World) -> None:
        ingested = sync_to_async(ingest)
        tea = await ingested(world.knowledge_base, "tea.md", b"Green tea wants 80 degrees.")
        await ingested(world.knowledge_base, "pot.md", b"A pot of clay.")
        api, dataset = RAGFlowAPI(world.alice), world.knowledge_base.pk.hex
        asked = {"question": "green tea", "dataset_ids": [dataset], "page_size": "5"}
        found = await api.data("POST", "retrieval", asked | {"highlight": "True"})
        assert found["total"] == 1
        [chunk] = found["chunks"]
        assert (chunk["document_id"], chunk["document_name"]) == (tea.pk.hex, "tea.md")
        assert chunk["highlight"] == "<em>Green</em> <em>tea</em> wants 80 degrees."
        [plain] = (await api.data("POST", "retrieval", asked))["chunks"]
        assert "highlight" not in plain
        blank = await api.data("POST", "retrieval", asked | {"question": " "})
        assert blank == {"total": 0, "chunks": [], "doc_aggs": []}
        for more, message in (
            ({"dataset_ids": [dataset, NONE]}, f"You don't own the dataset {NONE}."),
            ({"document_ids": [NONE]}, f"The datasets don't own the document {NONE}"),
        ):
            assert await api.refusal("POST", "retrieval", asked | more) == (102, message)
