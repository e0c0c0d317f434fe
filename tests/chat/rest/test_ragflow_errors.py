"""Errors at the addresses for RAGFlow's programs, and the same ones at ours."""

from __future__ import annotations

from typing import Any

import pytest

from chat.rest.ragflow_errors import Error, translate
from tests.support.http_requests import request
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
NONE = "0" * 32


async def ask_both(
    world: World, method: str, path: str, body: object = None, query: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status at our own address, and what is told with 200 at RAGFlow's."""
    headers = {"authorization": f"Bearer {world.alice.token}", "content-type": "application/json"}
    own = await request(method, f"/api/v1/{path}", headers, body, query)
    theirs = await request(method, f"/ragflow/api/v1/{path}", headers, body, query)
    assert own.json()["code"] == own.status
    assert (theirs.status, theirs.headers["content-type"]) == (200, "application/json")
    assert theirs.headers["x-request-id"]
    return own.status, theirs.json()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "message"),
    [
        ("GET", f"datasets/{NONE}/documents", None, 404, 102, f"You don't own the dataset {NONE}."),
        ("POST", "chats", {}, 400, 102, "`name` is required."),
        ("GET", f"chats/{NONE}", None, 404, 102, "The chat doesn't exist"),
        ("POST", f"chats/{NONE}/sessions", {}, 404, 102, "You do not own the assistant."),
        (
            *("POST", f"chats/{NONE}/completions", {"question": "Hm?"}),
            *(404, 102, f"You don't own the chat {NONE}"),
        ),
        ("POST", "retrieval", {"question": "Hm?"}, 400, 102, "`dataset_ids`"),
        ("GET", "nonsense", None, 404, 100, "<NotFound '404: Not Found'>"),
        ("PATCH", "datasets", {}, 405, 100, "<MethodNotAllowed '405: Method Not Allowed'>"),
    ],
)
async def test_a_refusal_is_ours_or_ragflow_s(
    world: World, method: str, path: str, body: object, status: int, code: int, message: str
) -> None:
    own, theirs = await ask_both(world, method, path, body)
    assert (own, theirs["code"]) == (status, code)
    assert theirs["message"].startswith(message)
    assert set(theirs) == {"code", "message"}


async def test_what_is_found_is_the_same(world: World) -> None:
    headers = {"authorization": f"Bearer {world.alice.token}"}
    path = "api/v1/files"
    own, theirs = [await request("GET", f"{root}{path}", headers) for root in ("/", "/ragflow/")]
    assert own.json()["data"] == []
    assert own.text == theirs.text


async def test_credentials_are_refused_as_ragflow_refuses_them(world: World) -> None:
    path = "/ragflow/api/v1/datasets"
    wrong = await request("GET", path, {"authorization": "Bearer ragflow-nonsense"})
    assert (wrong.status, wrong.json()) == (
        *(200, {"code": 109, "message": "Authentication error: API key is invalid!"}),
    )
    missing = await request("GET", path)
    assert (missing.json()["code"], missing.json()["data"]) == (0, False)
    assert "www-authenticate" not in missing.headers


async def test_another_user_s_chat_does_not_exist(world: World) -> None:
    headers = {"authorization": f"Bearer {world.bob.token}"}
    path = f"/ragflow/api/v1/chats/{world.dialog.pk.hex}"
    reply = await request("GET", path, headers)
    assert reply.json() == {"code": 102, "message": "The chat doesn't exist"}


async def test_only_the_api_is_below_the_prefix() -> None:
    assert (await request("GET", "/ragflow/admin/")).status == 404


def test_a_sentence_without_its_id_stays_ours() -> None:
    ours = "There is no such dialog"
    assert translate(Error(404, ours, "/api/v1/chats//completions", True), False) == (
        *(200, {"code": 102, "message": ours}),
    )
    body = {"code": 102, "message": "You don't own the chat {0}"}
    assert translate(Error(404, ours, "/api/v1/chats/{0}/completions", True), False) == (200, body)
