"""Other people's ids at the addresses of RAGFlow's API are as unknown as ids of nothing.

Its sentences repeat the id, so replies are compared without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from core.ids import new_id
from tests.security.test_other_peoples_ids import ForeignId, answer_to, named_ids, values_with
from tests.support.other_people import BY_HEADER, SECRET, Attack, all_rows, another_user
from tests.support.ragflow_api import NEW, OLD
from tests.support.routes import Route, ragflow_routes
from tests.support.world import World

pytestmark = pytest.mark.database

DATASET = "datasets/<dataset_id>"
CHUNKS = f"{DATASET}/documents/<document_id>/chunks"
RESOURCES = ("datasets", "retrieval")
# Requests with a body that names rows. None: its body names none.
REQUESTS: dict[tuple[str, str], Any] = {
    ("GET", "datasets"): None,
    ("POST", "datasets"): None,
    ("DELETE", "datasets"): {"ids": [ForeignId("kb_ids")]},
    ("GET", DATASET): None,
    ("PUT", DATASET): {"name": "Mine"},
    ("PATCH", DATASET): {"name": "Mine"},
    ("GET", f"{DATASET}/documents"): None,
    ("POST", f"{DATASET}/documents"): None,
    ("DELETE", f"{DATASET}/documents"): {"ids": [ForeignId("doc_ids")]},
    ("GET", f"{DATASET}/documents/<document_id>"): None,
    ("PUT", f"{DATASET}/documents/<document_id>"): {"name": "mine.md"},
    ("PATCH", f"{DATASET}/documents/<document_id>"): {"name": "mine.md"},
    ("GET", CHUNKS): None,
    ("POST", CHUNKS): {"content": "Mine"},
    ("DELETE", CHUNKS): {"chunk_ids": [ForeignId("chunk_id")]},
    ("GET", f"{CHUNKS}/<chunk_id>"): None,
    ("PUT", f"{CHUNKS}/<chunk_id>"): {"content": "Mine"},
    ("PATCH", f"{CHUNKS}/<chunk_id>"): {"content": "Mine"},
    ("POST", f"{DATASET}/chunks"): {"document_ids": [ForeignId("doc_ids")]},
    ("DELETE", f"{DATASET}/chunks"): {"document_ids": [ForeignId("doc_ids")]},
    ("POST", "retrieval"): {
        "question": "Who?",
        "dataset_ids": [ForeignId("kb_ids")],
        "document_ids": [ForeignId("doc_ids")],
    },
}


def routes(prefix: str) -> dict[str, Route]:
    root = f"{prefix}/api/v1/"
    found = {route.pattern.removeprefix(root): route for route in ragflow_routes(root)}
    return {path: route for path, route in found.items() if path.split("/")[0] in RESOURCES}


@pytest.mark.parametrize("prefix", [OLD, NEW])
def test_every_request_is_covered(prefix: str) -> None:
    found = {(method, path) for path, route in routes(prefix).items() for method in route.methods}
    assert found == set(REQUESTS)


@pytest.mark.django_db
@pytest.mark.parametrize("begin", BY_HEADER, ids=lambda begin: begin.__name__)
def test_foreign_ids_are_as_unknown_as_ids_of_nothing(
    world: World, begin: Callable[[World], Attack]
) -> None:
    attack = begin(world)
    client, before = Client(headers=dict(attack.headers)), all_rows()
    for (method, path), body in REQUESTS.items():
        route = routes(OLD)[path]
        for named in set(named_ids(route, body)) & set(attack.theirs):
            tried = [*attack.theirs[named], new_id().hex]
            replies = []
            for id in tried:
                values = values_with(attack.own, named, id)
                status, text = answer_to(client, method, route, body, values)
                replies.append((status, text.replace(id, "…")))
            where = method, path, named
            assert replies[0][0] == 403 or '"code":0' not in replies[0][1], (where, replies)
            assert all(one == replies[-1] for one in replies), (where, replies)
            assert SECRET not in replies[0][1], where
    assert all_rows() == before


@pytest.mark.django_db
def test_own_ids_are_found(world: World) -> None:
    """Shows that the refusals above have no other reason."""
    attack = another_user(world)
    client = Client(headers=dict(attack.headers))
    for path, route in routes(OLD).items():
        if "GET" in route.methods:
            status, text = answer_to(client, "GET", route, None, lambda name: attack.own[name][0])
            assert status == 200, path
            assert "code" not in text or '"code":0' in text, (path, text)
            assert not attack.ids_in(text), path
