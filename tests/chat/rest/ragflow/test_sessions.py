"""Sessions as RAGFlow's programs begin, list, rename and delete them, in both shapes."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from chat.models import ChatSession
from chat.rest.ragflow import session_shapes
from tests.support.ragflow_api import NEW, OLD, RAGFlowAPI
from tests.support.rest_client import make_exchange, make_session
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
NONE = "0" * 32


@pytest.fixture
def old(world: World) -> RAGFlowAPI:
    return RAGFlowAPI(world.alice, OLD)


@pytest.fixture
def new(world: World) -> RAGFlowAPI:
    return RAGFlowAPI(world.alice, NEW)


@pytest.fixture
def path(world: World) -> str:
    return f"chats/{world.dialog.pk.hex}/sessions"


async def begin(api: RAGFlowAPI, path: str, count: int = 5) -> list[str]:
    made = [await api.data("POST", path, {"name": f"session_{n}"}) for n in range(count)]
    return [session["id"] for session in made]


async def test_a_session_is_begun(
    old: RAGFlowAPI, new: RAGFlowAPI, path: str, world: World
) -> None:
    for api in (old, new):
        begun = await api.data("POST", path, {"name": "About tea"})
        assert (begun["name"], begun["chat_id"]) == ("About tea", world.dialog.pk.hex)
        assert begun["messages"] == [{"role": "assistant", "content": world.dialog.opener}]
        assert (await api.data("POST", path))["name"] == "New session"
        assert (await api.data("POST", path, {"name": "About tea"}))["name"] == "About tea"
        assert len((await api.data("POST", path, {"name": "x" * 256}))["name"]) == 255


async def test_a_name_is_needed(old: RAGFlowAPI, new: RAGFlowAPI, path: str) -> None:
    for name in ("", " ", 1, None, "\0"):
        refusal = await old.refusal("POST", path, {"name": name})
        assert refusal == (102, "`name` can not be empty.")
        refusal = await new.refusal("POST", path, {"name": name})
        assert refusal == (102, "`name` can not be empty")
    assert not await ChatSession.objects.aexists()


async def test_chats_that_are_not_there(old: RAGFlowAPI, new: RAGFlowAPI, world: World) -> None:
    [own] = await begin(old, f"chats/{world.dialog.pk.hex}/sessions", 1)
    others = [RAGFlowAPI(world.bob, OLD), RAGFlowAPI(world.bob, NEW)]
    cases = [("nonsense", [old, new]), (world.dialog.pk.hex, others)]
    for id, (older, newer) in cases:
        path, body = f"chats/{id}/sessions", {"name": "x", "ids": [own]}
        for method, address, code, message in (
            ("POST", path, 102, "You do not own the assistant."),
            ("GET", path, 102, f"You don't own the assistant {id}."),
            ("DELETE", path, 102, "You don't own the chat"),
            ("PUT", f"{path}/{own}", 102, "Session does not exist"),
        ):
            assert await older.refusal(method, address, body) == (code, message)
        for method, address, message in (
            ("POST", path, "no authorization"),
            ("GET", path, "no authorization"),
            ("DELETE", path, "no authorization"),
            ("PATCH", f"{path}/{own}", "No authorization."),
        ):
            assert await newer.refusal(method, address, body) == (109, message)
    assert (await ChatSession.objects.aget()).name == "session_0"
    refusal = await old.refusal("POST", "chats//sessions", {})
    assert refusal == (100, "<MethodNotAllowed '405: Method Not Allowed'>")


async def test_lists(old: RAGFlowAPI, new: RAGFlowAPI, path: str) -> None:
    ids = await begin(old, path)
    for query, found in (
        ({}, ids[::-1]),
        ({"desc": "False"}, ids),
        ({"orderby": "update_time"}, ids[::-1]),
        ({"orderby": "name", "desc": "false"}, ids),
        ({"page_size": "2"}, ids[:2:-1]),
        ({"page": "3", "page_size": "2"}, ids[:1]),
        ({"page_size": "0"}, []),
        ({"page": "0", "page_size": "6"}, ids[::-1]),
        ({"name": "session_1"}, ids[1:2]),
        ({"name": ""}, ids[::-1]),
        ({"name": "unknown"}, []),
        ({"id": ids[0]}, ids[:1]),
        ({"id": ""}, ids[::-1]),
        ({"id": "unknown"}, []),
        ({"id": ids[0], "name": "session_1"}, []),
        ({"a": "b"}, ids[::-1]),
    ):
        for api in (old, new):
            assert [one["id"] for one in await api.data("GET", path, **query)] == found, query


async def test_what_was_said_is_listed(
    old: RAGFlowAPI, new: RAGFlowAPI, path: str, world: World
) -> None:
    session = await sync_to_async(make_session)(world.dialog)
    chunks = [{"id": "c", "content": "Green tea wants 80 degrees."}]
    reference = {"total": 1, "chunks": chunks, "doc_aggs": []}
    answer = await sync_to_async(make_exchange)(session, "How hot?", "80.", reference=reference)
    [listed] = await old.data("GET", path)
    opener, question, last = listed["messages"]
    assert opener == {"role": "assistant", "content": world.dialog.opener}
    assert (question["role"], question["content"]) == ("user", "How hot?")
    assert (last["id"], last["content"], last["reference"]) == (answer.pk.hex, "80.", chunks)
    one = await new.data("GET", f"{path}/{session.pk.hex}")
    assert one["reference"] == [reference]
    assert [message["content"] for message in one["messages"]][1:] == ["How hot?", "80."]


async def test_only_the_newest_messages_are_listed(
    old: RAGFlowAPI, path: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_shapes, "MAX_MESSAGES", 3)
    session = await sync_to_async(make_session)(world.dialog)
    for number in range(3):
        await sync_to_async(make_exchange)(session, f"Question {number}?", f"Answer {number}.")
    [listed] = await old.data("GET", path)
    said = [message["content"] for message in listed["messages"]][1:]
    assert said == ["Answer 1.", "Question 2?", "Answer 2."]


async def test_renaming(old: RAGFlowAPI, new: RAGFlowAPI, path: str) -> None:
    [id] = await begin(old, path, 1)
    assert await old.data("PUT", f"{path}/{id}", {"name": "About tea"}) is None
    assert await old.data("PUT", f"{path}/{id}", {}) is None
    changed = await new.data("PATCH", f"{path}/{id}", {"name": "About coffee"})
    assert changed["name"] == "About coffee"
    for body, message in (
        ({"name": ""}, "`name` can not be empty."),
        ({"message": []}, "`message` can not be change"),
        ({"messages": []}, "`messages` can not be change"),
        ({"reference": []}, "`reference` can not be change"),
    ):
        assert await old.refusal("PUT", f"{path}/{id}", body) == (102, message)
    refusal = await new.refusal("PATCH", f"{path}/{id}", {"reference": []})
    assert refusal == (102, "`reference` cannot be changed.")
    assert await new.refusal("PATCH", f"{path}/{NONE}", {}) == (102, "Session not found!")
    assert await old.refusal("PUT", f"{path}/nonsense", {}) == (102, "Session does not exist")
    code, _ = await old.refusal("PUT", f"{path}/", {"name": "x"})
    assert code == 100


async def test_deletion(old: RAGFlowAPI, new: RAGFlowAPI, path: str) -> None:
    ids = await begin(old, path)
    missing = "The chat doesn't own the session nonsense"
    assert await old.refusal("DELETE", path, {"ids": ["nonsense"]}) == (102, missing)
    assert await old.data("DELETE", path, {"ids": ids[:1]}) is None
    code, message = await old.refusal("DELETE", path, {"ids": ids[:1]})
    assert (code, message) == (102, f"The chat doesn't own the session {ids[0]}")
    answer = await old("DELETE", path, {"ids": [ids[1], "nonsense"]})
    assert answer["data"] == {"success_count": 1, "errors": [missing]}
    assert answer["message"] == "Partially deleted 1 sessions with 1 errors"
    repeated = await new.data("DELETE", path, {"ids": [ids[2], ids[2]]})
    errors = [f"Duplicate session ids: {ids[2]}"]
    assert repeated == {"success_count": 1, "errors": errors}
    assert await new.data("DELETE", path, {"ids": ids[3:4]}) is True
    assert await new.data("DELETE", path) == {}
    assert await ChatSession.objects.acount() == 1
    await old.data("DELETE", path, {"ids": []})
    assert not await ChatSession.objects.aexists()


async def test_all_are_deleted_a_few_at_a_time(
    new: RAGFlowAPI, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.answers.deletion.BATCH", 2)
    await begin(new, path)
    assert await new.data("DELETE", path, {"delete_all": True}) is True
    assert not await ChatSession.objects.aexists()


async def test_a_session_of_another_chat_is_not_there(old: RAGFlowAPI, path: str) -> None:
    other = (await old.data("POST", "chats", {"name": "Other"}))["id"]
    [id] = await begin(old, path, 1)
    code, _ = await old.refusal("PUT", f"chats/{other}/sessions/{id}", {"name": "x"})
    assert code == 102
