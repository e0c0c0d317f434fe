"""Datasets below `/ragflow`: what is kept, found, and refused in RAGFlow's words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent
from chat.rest.ragflow.datasets import parser_config
from core.ids import new_id
from knowledge.models import KnowledgeBase
from tests.support.ragflow_api import NEW, OLD
from tests.support.ragflow_client import RAGFlowClient
from tests.support.world import World

pytestmark = pytest.mark.database


@pytest.fixture
def api(world: World) -> RAGFlowClient:
    return RAGFlowClient(world.alice)


def make(api: RAGFlowClient, *names: str) -> list[str]:
    return [api.data("POST", "datasets", {"name": name})["id"] for name in names]


def test_what_is_sent_is_shown_though_it_changes_nothing(api: RAGFlowClient) -> None:
    sent = {
        "name": "Teas",
        "description": "Hot.",
        "avatar": "data:image/png;base64,AA",
        "permission": "team",
        "chunk_method": "qa",
        "pagerank": 7,
        "embedding_model": "embedding-3@ZHIPU-AI",
    }
    made = api.data("POST", "datasets", sent)
    assert {name: made[name] for name in sent} == sent
    assert made["parser_config"] == parser_config.WITHOUT_EXTRAS
    assert made["create_date"].endswith("GMT")
    [listed] = api.data("GET", "datasets", id=made["id"])
    assert listed == made == api.data("GET", f"datasets/{made['id']}")


def test_what_is_not_sent_is_as_in_ragflow(api: RAGFlowClient) -> None:
    made = api.data("POST", "datasets", {"name": "Teas", "parser_config": None})
    assert (made["description"], made["avatar"], made["permission"]) == (None, None, "me")
    assert made["embedding_model"] == "BAAI/bge-small-en-v1.5@Builtin"
    assert made["parser_config"] == parser_config.NAIVE
    assert (made["document_count"], made["chunk_count"]) == (0, 0)


def test_the_length_of_chunks_counts(api: RAGFlowClient) -> None:
    config = {"chunk_token_num": 256, "auto_keywords": 3}
    made = api.data("POST", "datasets", {"name": "Teas", "parser_config": config})
    assert made["parser_config"] == parser_config.NAIVE | config
    base = KnowledgeBase.objects.get(pk=made["id"])
    assert base.chunk_chars == 1024
    address = f"datasets/{made['id']}"
    changed = api.data("PUT", address, {"parser_config": {"raptor": {"max_token": 9}}})
    assert changed["parser_config"]["raptor"]["max_token"] == 9
    assert changed["parser_config"]["chunk_token_num"] == 256
    base.refresh_from_db()
    assert base.chunk_chars == 1024
    unchanged: list[dict[str, Any] | None] = [{}, None]
    for same in unchanged:
        assert api.data("PUT", address, {"parser_config": same}) == changed | {
            name: api.data("GET", address)[name] for name in ("update_time", "update_date")
        }


def test_names_that_are_taken_get_a_number_or_are_refused(api: RAGFlowClient) -> None:
    assert [
        api.data("POST", "datasets", {"name": name})["name"]
        for name in ("Teas", "TEAS", "teas", "handbook", "x" * 128, "X" * 128)
    ] == ["Teas", "TEAS(1)", "teas(2)", "handbook(1)", "x" * 128, "X" * 125 + "(1)"]
    [one] = make(api, "Coffees")
    for name in ("Teas", "tEAS"):
        assert api.refusal("PUT", f"datasets/{one}", {"name": name}) == (
            *(102, f"Dataset name '{name}' already exists"),
        )
    assert api.data("PUT", f"datasets/{one}", {"name": "COFFEES"})["name"] == "COFFEES"
    assert api.data("PATCH", f"datasets/{one}", {"name": "Cocoas"})["name"] == "Cocoas"


NO_BODIES: list[tuple[str, Any, str]] = [
    ("PUT", {}, "No properties were modified"),
    ("PUT", b"{", "Malformed JSON syntax"),
    ("POST", b"NaN", "Malformed JSON syntax"),
    ("POST", b"[" * 100_000, "Malformed JSON syntax"),
    ("POST", b'{"name": "a\\u0000"}', "Malformed JSON syntax"),
    ("POST", b'{"name": "\\ud800"}', "Malformed JSON syntax"),
    ("POST", [], "Invalid request payload: expected object, got list"),
    ("DELETE", "ids", "Invalid request payload: expected object, got str"),
    ("POST", {}, "Field: <name> - Message: <Field required>"),
]


def test_a_body_that_is_none_is_refused(api: RAGFlowClient, world: World) -> None:
    for method, body, message in NO_BODIES:
        path = f"datasets/{world.knowledge_base.pk.hex}" if method == "PUT" else "datasets"
        code, said = api.refusal(method, path, body)
        assert (code, said[: len(message)]) == (101, message)


def test_another_content_type_is_refused(api: RAGFlowClient) -> None:
    reply = api.client.generic("POST", f"{api.root}datasets", b"<a/>", "text/xml")
    message = "Unsupported content type: Expected application/json, got text/xml"
    assert (reply.json()["code"], reply.json()["message"][: len(message)]) == (101, message)


def test_lists_are_cut_ordered_and_counted(api: RAGFlowClient) -> None:
    make(api, "A", "B", "C")
    page = api.send("GET", "datasets", page=2, page_size=3, desc="false")
    assert ([one["name"] for one in page["data"]], page["total_datasets"]) == (["C"], 4)
    newest = api.send("GET", "datasets", page_size=10**5)
    assert [one["name"] for one in newest["data"]] == ["C", "B", "A", "Handbook"]
    assert api.data("GET", "datasets", page=10**6, page_size=1) == []


def test_ids_and_names_of_nothing_are_told(api: RAGFlowClient, world: World) -> None:
    none, user = new_id().hex, world.alice.user.pk.hex
    lacks = f"User '{user}' lacks permission for dataset"
    for found in (
        api.refusal("GET", "datasets", id=none),
        api.refusal("PUT", f"datasets/{none}", {"name": "x"}),
        api.refusal("GET", f"datasets/{none}"),
    ):
        assert found == (108, f"{lacks} '{none}'")
    assert api.refusal("GET", "datasets", name="Nothing") == (108, f"{lacks} 'Nothing'")
    assert api.refusal("DELETE", "datasets", {"ids": [none]}) == (108, f"{lacks}s: '{none}'")
    for malformed in ("nonsense", "0" * 32):
        code, said = api.refusal("PUT", f"datasets/{malformed}", {"name": "x"})
        assert (code, "Invalid UUID1 format" in said) == (101, True)


def test_deleting_is_all_or_nothing(api: RAGFlowClient, world: World) -> None:
    ids = make(api, "A", "B")
    assert api.refusal("DELETE", "datasets", {"ids": [*ids, new_id().hex]})[0] == 108
    assert api.data("DELETE", "datasets", {"ids": []}) is None
    assert KnowledgeBase.objects.count() == 3
    assert api.data("DELETE", "datasets", {"ids": ids}) is None
    assert KnowledgeBase.objects.get() == world.knowledge_base
    assert AuditEvent.objects.filter(what=f"knowledgebase {ids[0]}").exists()
    KnowledgeBase.objects.create(owner=world.bob.user, name="Bob's")
    assert api.data("DELETE", "datasets", {"ids": None}) is None
    assert KnowledgeBase.objects.get().owner == world.bob.user


def test_since_0_25_all_has_to_be_said(world: World) -> None:
    api = RAGFlowClient(world.alice, NEW)
    for body in ({"ids": None}, {"ids": None, "delete_all": False}):
        assert api.data("DELETE", "datasets", body) is None
    assert KnowledgeBase.objects.count() == 1
    assert api.refusal("DELETE", "datasets", {"ids": [new_id().hex]})[0] == 102
    assert api.data("DELETE", "datasets", {"delete_all": True}) is None
    assert not KnowledgeBase.objects.exists()


def test_there_is_a_limit(api: RAGFlowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.rest.ragflow.datasets.dataset_views.MAX_DATASETS", 1)
    assert api.refusal("POST", "datasets", {"name": "A"})[0] == 102


@pytest.mark.django_db
def test_without_a_token_nothing_is_read() -> None:
    for path in ("datasets", "datasets/x/documents", "datasets/x/documents/y/chunks"):
        assert Client().get(f"/{OLD}/api/v1/{path}").status_code == 401


def test_answers_have_rate_limits_and_are_not_stored(api: RAGFlowClient) -> None:
    reply = api.client.get(f"{api.root}datasets")
    assert reply.headers["RateLimit"]
    assert reply.headers["Cache-Control"] == "no-store"
