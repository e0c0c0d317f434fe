"""Chats, sessions and questions, as RAGFlow's own client makes them."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from accounts.models import AuditEvent
from chat.engines.base import Delta, EngineFailed
from chat.models import ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from tests.support.http_requests import Reply, request
from tests.support.rest_client import client_of, data_of, make_session, refusal_of
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import Person, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
CHATS = "/api/v1/chats"


def send(client: Client, method: str, address: str, body: Any) -> Any:
    return client.generic(method, address, json.dumps(body), "application/json")


class TestOfficialClient:
    @pytest.fixture(params=["", "/ragflow-0.24"])
    def ragflow(self, world: World, live_server: LiveServer, request: Any) -> Any:
        if sys.version_info >= (3, 13):
            pytest.skip("RAGFlow's client is not there for this Python")
        return import_module("ragflow_sdk").RAGFlow(
            world.alice.token, f"{live_server.url}{request.param}"
        )

    def test_chats_are_made_found_changed_and_deleted(self, ragflow: Any, world: World) -> None:
        ingest(world.knowledge_base, "tea.md", b"Hot.")
        made = ragflow.create_chat("Teas", dataset_ids=[world.knowledge_base.pk.hex])
        assert (made.name, made.dataset_ids) == ("Teas", [world.knowledge_base.pk.hex])
        assert (made.llm.temperature, made.prompt.top_n) == (0.1, 8)
        assert {one.name for one in ragflow.list_chats()} == {"Teas", "Helpdesk"}
        assert [one.id for one in ragflow.list_chats(name="Teas", id=made.id)] == [made.id]

        changed = {"opener": "Tea?", "similarity_threshold": 0.3, "empty_response": ""}
        made.update({"name": "Oolong", "prompt": changed, "llm": {"model_name": "qwen3"}})
        [oolong] = ragflow.list_chats(id=made.id)
        assert (oolong.name, oolong.llm.model_name) == ("Oolong", "qwen3")
        assert (oolong.prompt.opener, oolong.prompt.similarity_threshold) == ("Tea?", 0.3)
        assert oolong.dataset_ids == made.dataset_ids

        ragflow.delete_chats([made.id])
        assert Dialog.objects.get() == world.dialog
        with pytest.raises(Exception, match=r"no such dialog|not found"):
            ragflow.delete_chats([made.id])
        ragflow.delete_chats(None)
        assert not Dialog.objects.exists()

    def test_sessions_are_begun_renamed_and_deleted(self, ragflow: Any, world: World) -> None:
        [chat] = ragflow.list_chats()
        begun = chat.create_session("About tea")
        assert (begun.name, begun.chat_id) == ("About tea", chat.id)
        assert begun.messages == [{"role": "assistant", "content": world.dialog.opener}]
        begun.update({"name": "About coffee"})
        assert [one.name for one in chat.list_sessions(id=begun.id)] == ["About coffee"]
        assert chat.create_session().name == "New session"
        chat.delete_sessions([begun.id])
        assert [one.name for one in chat.list_sessions()] == ["New session"]
        chat.delete_sessions(None)
        assert chat.list_sessions() == []


async def ask(person: Person, dialog: Dialog, **body: Any) -> Reply:
    headers = {"authorization": f"Bearer {person.token}"}
    return await request("POST", f"{CHATS}/{dialog.pk.hex}/completions", headers, body)


def events_of(reply: Reply) -> list[Any]:
    lines = [block.removeprefix("data:") for block in reply.text.split("\n\n")]
    return [json.loads(line) for line in lines if line and not line.startswith(":")]


class TestQuestions:
    async def test_each_event_has_the_whole_text_so_far(
        self, dialog: Dialog, world: World, engine: ScriptedEngine
    ) -> None:
        engine.emit(Delta("Two "), Delta("metres."))
        engine.end()
        session = await sync_to_async(make_session)(dialog)
        reply = await ask(world.alice, dialog, question="How tall?", session_id=session.pk.hex)
        *chunks, last = events_of(reply)
        assert last == {"code": 0, "message": "", "data": True}
        texts = [chunk["data"]["answer"] for chunk in chunks]
        assert texts[-1] == "Two metres."
        assert all(texts[-1].startswith(text) for text in texts)
        answer = await Message.objects.aget(role=Message.Role.ASSISTANT, session=session)
        assert chunks[-1]["data"]["id"] == answer.pk.hex
        assert chunks[-1]["data"]["session_id"] == session.pk.hex

    async def test_a_long_answer_is_sent_a_few_times_over_at_most(
        self, dialog: Dialog, world: World, engine: ScriptedEngine
    ) -> None:
        engine.emit(*(Delta("word ") for _ in range(2000)))
        engine.end()
        reply = await ask(world.alice, dialog, question="How tall?")
        assert events_of(reply)[-2]["data"]["answer"] == "word " * 2000
        assert len(reply.text) < 12 * 10_000

    async def test_a_whole_answer_has_its_reference(self, world: World) -> None:
        await sync_to_async(ingest)(world.knowledge_base, "tea.md", b"Green tea wants 80 degrees.")
        question = "How hot should green tea be?"
        reply = await ask(world.alice, world.dialog, question=question, stream=False, user_id=None)
        data = reply.json()["data"]
        assert "80 degrees" in data["answer"]
        assert data["reference"]["chunks"][0]["document_name"] == "tea.md"
        assert {"answer", "reference", "audio_binary", "id", "session_id"} <= set(data)

    async def test_an_error_is_told_as_text_and_ends_the_stream(
        self, dialog: Dialog, world: World, engine: ScriptedEngine
    ) -> None:
        engine.fail(EngineFailed("The model is tired"))
        reply = await ask(world.alice, dialog, question="How tall?")
        *_, error, last = events_of(reply)
        assert (error["code"], last["data"]) == (500, True)
        assert error["data"]["answer"] == "**ERROR**: The model is tired"

    async def test_a_question_is_needed(self, world: World) -> None:
        reply = await ask(world.alice, world.dialog, question=None)
        assert reply.status == 400
        assert "`question`" in reply.json()["message"]


class TestFields:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "`name`"),
            ({"name": ""}, "`name`"),
            ({"name": "x" * 256}, "`name`"),
            ({"name": "x", "dataset_ids": "all"}, "`dataset_ids`"),
            ({"name": "x", "prompt": []}, "`prompt`"),
            ({"name": "x", "prompt": {"top_n": 51}}, "`top_n`"),
            ({"name": "x", "prompt": {"similarity_threshold": 2}}, "`similarity_threshold`"),
            ({"name": "x", "llm": {"temperature": "hot"}}, "`llm`"),
            ({"name": "x", "llm": {"base_url": 1}, "engine": "load"}, "`engine`"),
        ],
    )
    def test_a_wrong_field_is_named(self, world: World, body: Any, field: str) -> None:
        refused = send(client_of(world.alice), "POST", CHATS, body)
        assert field in refusal_of(refused, 400)
        assert Dialog.objects.get() == world.dialog

    def test_changes_are_recorded(self, world: World) -> None:
        made = data_of(send(client_of(world.alice), "POST", CHATS, {"name": "Teas"}))
        assert AuditEvent.objects.filter(what=f"dialog {made['id']}").exists()

    def test_a_name_that_is_taken_is_refused(self, world: World) -> None:
        alice = client_of(world.alice)
        made = data_of(send(alice, "POST", CHATS, {"name": "Teas"}))
        tries = (("POST", CHATS), ("PUT", f"{CHATS}/{made['id']}"))
        for method, address in tries:
            answer = send(alice, method, address, {"name": "HELPDESK"})
            assert answer.status_code == 409
            message = answer.json()["message"]
            assert message == "`name`: You have a dialog 'HELPDESK' already"
        data_of(send(alice, "PUT", f"{CHATS}/{made['id']}", {"name": "TEAS"}))
        names = Dialog.objects.order_by("created_at").values_list("name", flat=True)
        assert list(names) == ["Helpdesk", "TEAS"]
        data_of(send(client_of(world.bob), "POST", CHATS, {"name": "Helpdesk"}))

    def test_a_token_for_one_dialog_makes_and_deletes_none(self, world: World) -> None:
        restrictions = Restrictions(dialogs=(world.dialog.pk,))
        secret = issue_token(world.alice.user, "one", restrictions=restrictions).secret
        client = Client(headers={"authorization": f"Bearer {secret}"})
        for method, body in (("POST", {"name": "x"}), ("DELETE", {"ids": None})):
            assert "single dialogs" in refusal_of(send(client, method, CHATS, body), 403)

    def test_sessions_go_with_their_dialog(self, world: World) -> None:
        make_session(world.dialog)
        data_of(send(client_of(world.alice), "DELETE", CHATS, {"ids": [world.dialog.pk.hex]}))
        assert not ChatSession.objects.exists()
