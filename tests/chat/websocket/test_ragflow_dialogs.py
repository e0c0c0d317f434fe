"""Dialogs in front of a remote RAGFlow, asked over the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.identity import Identity
from chat.answers import service
from chat.answers.requests import Conversation
from chat.engines import registry
from chat.engines.base import Exchange
from chat.models import ChatSession, Dialog, Message
from ragws.server_hub import hub
from tests.support.communicator import Socket, connected, whole_text
from tests.support.fakes.ragflow_releases import RELEASES, Answer
from tests.support.fakes.ragflow_server import CHAT, RAGFlowServer, Then
from tests.support.world import World

Connect = Callable[[], AbstractAsyncContextManager[Socket]]


@pytest.fixture(params=["0.22.1", "0.25.2", "0.27.0", "1.0.0"])
def release(request: pytest.FixtureRequest) -> str:
    assert request.param in RELEASES
    return str(request.param)


@pytest.fixture
async def remote(
    release: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RAGFlowServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with RAGFlowServer(release) as server:
        site = {"BASE_URL": server.base_url, "API_KEY": server.key, "TIMEOUT_S": 5}
        settings.ENGINES = {**settings.ENGINES, "ragflow": settings.ENGINES["ragflow"] | site}
        registry.get_engine.cache_clear()
        yield server
        await hub.drain(0)
        hub.draining = False
    registry.get_engine.cache_clear()


@pytest.fixture
async def dialog(transactional_db: None, world: World, remote: RAGFlowServer) -> Dialog:
    return await sync_to_async(Dialog.objects.create)(
        owner=world.alice.user, name="Gateway", engine="ragflow", model_settings={"chat_id": CHAT}
    )


@pytest.fixture
def alice(world: World, dialog: Dialog) -> Connect:
    return partial(connected, world.alice, dialog.pk.hex)


async def test_a_conversation_goes_on_there_and_is_kept_here(
    alice: Connect, remote: RAGFlowServer, dialog: Dialog
) -> None:
    remote.will_answer(Answer(thought=("Let me see.",)))
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        first = await socket.until_the_end()
        session_id = first[0]["data"]["session_id"]
        await socket.ask("What does it read?", session_id=session_id)
        second = await socket.until_the_end()

    assert whole_text(first).startswith("RAGFlow 是一个开源的检索增强生成引擎 🚀")
    assert "Let me see." in "".join(f["data"].get("reasoning", "") for f in first[:-1])
    reference = second[-2]["data"]["reference"]
    assert [chunk["content"] for chunk in reference["chunks"]] == [
        *("RAGFlow 是引擎。", "PDF is read.")
    ]
    assert reference["doc_aggs"][0] == {
        "doc_name": "document-0.pdf",
        "doc_id": "0" * 32,
        "count": 1,
    }
    session = await ChatSession.objects.aget(pk=session_id)
    asked = [said["content"] for said in remote.sessions[session.remote_id]]
    assert asked[0::2] == ["What is RAGFlow?", "What does it read?"]
    answer = await Message.objects.filter(session=session, role="assistant").alast()
    assert answer is not None
    assert answer.reference == reference


@pytest.mark.parametrize("release", ["0.27.0"])
async def test_a_conversation_may_go_on_with_another_engine(
    alice: Connect, dialog: Dialog, world: World
) -> None:
    """What RAGFlow found, under ids of its own, is none of our passages."""
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        session_id = (await socket.until_the_end())[0]["data"]["session_id"]
        await Dialog.objects.filter(pk=dialog.pk).aupdate(engine="extractive")
        await dialog.knowledge_bases.aadd(world.knowledge_base)
        await socket.ask("And how much of it?", session_id=session_id)
        frames = await socket.until_the_end()

    assert frames[-1]["status"] == "complete"
    assert frames[-2]["data"]["reference"]["chunks"] == []


async def test_documents_are_narrowed_there(alice: Connect, remote: RAGFlowServer) -> None:
    async with alice() as socket:
        await socket.ask("What is RAGFlow?", doc_ids=["a" * 32, "b" * 32])
        await socket.until_the_end()

    assert remote.completions[-1].body["doc_ids"] == f"{'a' * 32},{'b' * 32}"


@pytest.mark.parametrize("release", ["0.27.0"])
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kb_ids": ["a" * 32]}, "`kb_ids` cannot be chosen"),
        ({"doc_ids": ["../../etc"]}, "`doc_ids` must be ids"),
    ],
)
async def test_what_it_would_ignore_is_refused(
    alice: Connect, remote: RAGFlowServer, fields: dict[str, Any], words: str
) -> None:
    async with alice() as socket:
        await socket.ask("What is RAGFlow?", **fields)
        frame = await socket.frame()

    assert frame["code"] == 400
    assert words in frame["message"]
    assert not remote.requests
    assert not await ChatSession.objects.aexists()


@pytest.mark.parametrize("release", ["0.27.0"])
async def test_files_are_refused(alice: Connect, remote: RAGFlowServer, world: World) -> None:
    file = await world.alice.user.attachments.acreate(name="a.txt", size=1, passages=[])
    async with alice() as socket:
        await socket.ask("What is it?", files=[file.pk.hex])
        frame = await socket.frame()

    assert (frame["code"], "`files` cannot be sent" in frame["message"]) == (400, True)
    assert not remote.requests


async def test_stopping_closes_the_stream_there(alice: Connect, remote: RAGFlowServer) -> None:
    remote.will_cut(remote.body_of_answer().index(b"\n\n") + 2, Then.SILENCE)
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        chunk = await socket.frame()
        await socket.send(type="stop", id=chunk["data"]["id"])
        frames = await socket.until_the_end()

    assert frames[-1]["status"] == "stopped"
    async with asyncio.timeout(5):
        await (await remote.completion()).hung_up.wait()


@pytest.mark.parametrize("release", ["0.24.0"])
async def test_a_failure_in_the_middle_is_an_error_and_keeps_its_text(
    alice: Connect, remote: RAGFlowServer
) -> None:
    remote.will_cut(remote.body_of_answer().rindex(b"data:"), Then.END)
    async with alice() as socket:
        await socket.ask("What is RAGFlow?")
        frames = await socket.until_the_end()

    error, completion = frames[-2:]
    assert (error["code"], error["message"]) == (502, "RAGFlow ended in mid-answer.")
    assert completion["status"] == "failed"
    assert "RAGFlow 是" in whole_text(frames[:-2])


@pytest.mark.parametrize("release", ["1.0.0"])
async def test_a_conversation_of_the_client_is_handed_on_where_messages_are_wanted(
    dialog: Dialog, world: World, remote: RAGFlowServer
) -> None:
    conversation = Conversation(
        chat_id=dialog.pk.hex,
        question="And then?",
        history=(Exchange("Where to begin?", "Here [ID:0]."),),
    )
    live = await service.converse(Identity(world.alice.user, "shell"), conversation, hub)
    async with asyncio.timeout(5):
        while live.outcome is None:
            await live.changed()

    assert [said["content"] for said in remote.completions[-1].body["messages"]] == [
        *("Where to begin?", "Here .", "And then?")
    ]
    assert not await ChatSession.objects.aexists()
