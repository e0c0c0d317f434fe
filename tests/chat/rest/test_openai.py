"""OpenAI's chat completions over our dialogs, without a network."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator

from accounts.models import APIToken
from chat.engines.base import Delta, EngineFailed, Exchange, Reasoning, Usage
from chat.models import ChatSession, Dialog, Message
from chat.rest.openai.footnotes import without_footnotes
from knowledge.ingestion import ingest
from ragws.asgi import application
from ragws.server_hub import hub
from tests.support.http_requests import Reply, request
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import Person, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
ADDRESS = "/v1/chat/completions"
QUESTION = "How tall is it?"


async def complete(person: Person, path: str = ADDRESS, **body: Any) -> Reply:
    headers = {"authorization": f"Bearer {person.token}", **body.pop("headers", {})}
    return await request("POST", path, headers, body)


def said(*texts: str) -> list[dict[str, str]]:
    """By the user and the assistant, in turn."""
    return [
        {"role": "assistant" if index % 2 else "user", "content": text}
        for index, text in enumerate(texts)
    ]


def chunks_of(reply: Reply) -> list[Any]:
    events = [block.removeprefix("data: ") for block in reply.text.split("\n\n") if block]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]


def content_of(reply: Reply) -> str:
    return str(reply.json()["choices"][0]["message"]["content"])


def error_of(reply: Reply) -> tuple[int, str, str | None, str | None]:
    error = reply.json()["error"]
    assert error["message"]
    return reply.status, error["type"], error["param"], error["code"]


async def test_a_whole_answer(dialog: Dialog, world: World, engine: ScriptedEngine) -> None:
    engine.emit(Reasoning("Let me see."), Delta("Two "), Delta("metres."), Usage(7, 2))
    engine.end()
    reply = await complete(world.alice, model=dialog.name, messages=said(QUESTION))
    body = reply.json()
    assert reply.status == 200
    assert body["object"] == "chat.completion"
    assert body["model"] == dialog.name
    assert body["id"].startswith("chatcmpl-")
    [choice] = body["choices"]
    assert choice["finish_reason"] == "stop"
    message = choice["message"]
    assert (message["role"], message["content"]) == ("assistant", "Two metres.")
    assert message["reasoning_content"] == "Let me see."
    assert message["reference"]["chunks"] == []
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


async def test_a_stream(dialog: Dialog, world: World, engine: ScriptedEngine) -> None:
    engine.emit(Reasoning("Let me see."), Delta("Two "), Delta("metres."), Usage(7, 2))
    engine.end()
    reply = await complete(
        world.alice,
        model=dialog.pk.hex,
        messages=said(QUESTION),
        stream=True,
        stream_options={"include_usage": True},
    )
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    *chunks, last, usage = chunks_of(reply)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == "Two metres."
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "Let me see."
    assert last["choices"][0]["finish_reason"] == "stop"
    assert "chunks" in last["choices"][0]["delta"]["reference"]
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 9)
    assert len({chunk["id"] for chunk in (*chunks, last, usage)}) == 1
    assert {chunk["usage"] for chunk in chunks} == {None}


async def test_usage_comes_only_if_it_is_wanted(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    engine.end()
    reply = await complete(
        world.alice, model=dialog.name, messages=said(QUESTION), stream=True, reference=False
    )
    chunks = chunks_of(reply)
    assert all("usage" not in chunk for chunk in chunks)
    assert chunks[-1]["choices"][0]["delta"] == {}


async def test_the_conversation_is_what_the_client_sends(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    engine.end()
    messages = [
        {"role": "system", "content": "Answer in verse."},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "What is"},
        {"role": "user", "content": [{"type": "text", "text": "this?"}]},
        {"role": "assistant", "content": None},
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        {"role": "assistant", "content": "A tower.\n\n---\n- [ID:0] towers.md"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    await complete(world.alice, model=dialog.name, messages=messages, temperature=2, tools=[])
    [prompt] = engine.prompts
    assert prompt.question == QUESTION
    assert prompt.history == (Exchange("What is\n\nthis?", "A tower."),)
    assert prompt.wishes == "Answer in verse."


async def test_nothing_is_kept_unless_a_session_is_named(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    engine.emit(Delta("Two metres."), Usage(7, 2))
    engine.end()
    await complete(world.alice, model=dialog.name, messages=said(QUESTION))
    assert not await ChatSession.objects.aexists()
    assert not await Message.objects.aexists()
    token = await APIToken.objects.aget(pk=world.alice.token_row.pk)
    assert (token.questions, token.model_tokens) == (1, 9), "it counts all the same"


@pytest.mark.parametrize("how", ["metadata", "header"])
async def test_a_named_session_is_kept(
    dialog: Dialog, world: World, engine: ScriptedEngine, how: str
) -> None:
    named: dict[str, Any] = (
        {"metadata": {"session_id": "my chat"}}
        if how == "metadata"
        else {"headers": {"x-session-id": "my chat"}}
    )
    ids = set()
    for text in ("One.", "Two."):
        engine.say(text)
        engine.end()
        reply = await complete(world.alice, model=dialog.name, messages=said(QUESTION), **named)
        ids.add(reply.json()["session_id"])
    session = await ChatSession.objects.aget()
    assert ids == {session.pk.hex}
    assert session.name == QUESTION
    kept = [message.content async for message in session.messages.order_by("created_at")]
    assert kept == [QUESTION, "One.", QUESTION, "Two."]
    assert engine.prompts[1].history == (), "what the client sends is the conversation"

    engine.say("Three.")
    engine.end()
    by_id: Any = {"metadata": {"session_id": session.pk.hex}}
    reply = await complete(world.alice, model=dialog.name, messages=said(QUESTION), **by_id)
    assert reply.json()["session_id"] == session.pk.hex


async def test_a_name_that_is_another_user_s_session_is_only_a_name(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    theirs = await Dialog.objects.acreate(owner=world.bob.user, name="Theirs", engine="scripted")
    session = await ChatSession.objects.acreate(dialog=theirs, user=world.bob.user, name="Theirs")
    engine.end()
    named: Any = {"session_id": session.pk.hex}
    reply = await complete(world.alice, model=dialog.name, messages=said(QUESTION), metadata=named)
    own = await ChatSession.objects.aget(user=world.alice.user)
    assert reply.json()["session_id"] == own.pk.hex != session.pk.hex
    assert not await session.messages.aexists()


async def test_models_are_the_caller_s_dialogs(dialog: Dialog, world: World) -> None:
    # Its name might be the id of another one.
    odd = await Dialog.objects.acreate(owner=world.alice.user, name="f" * 32, engine="scripted")
    await Dialog.objects.acreate(owner=world.bob.user, name="Theirs")
    headers = {"authorization": f"Bearer {world.alice.token}"}
    listed = (await request("GET", "/v1/models", headers)).json()
    assert listed["object"] == "list"
    ids = [model["id"] for model in listed["data"]]
    assert sorted(ids) == sorted(["Helpdesk", "Scripted", odd.pk.hex])
    for id in ids:
        found = (await request("GET", f"/v1/models/{id}", headers)).json()
        assert (found["id"], found["object"]) == (id, "model")
    for name in ("Theirs", odd.name, "no such model", "0" * 32):
        assert (
            await request("GET", f"/v1/models/{name.replace(' ', '%20')}", headers)
        ).status == 404
        reply = await complete(world.alice, model=name, messages=said(QUESTION))
        assert error_of(reply) == (404, "invalid_request_error", "model", "model_not_found")


@pytest.mark.parametrize("version", ["chats_openai", "openai"])
async def test_at_ragflow_s_address(
    dialog: Dialog, world: World, engine: ScriptedEngine, version: str
) -> None:
    engine.say("Two metres.")
    engine.end()
    path = f"/api/v1/{version}/{dialog.pk.hex}/chat/completions"
    reply = await complete(world.alice, path, model="model", messages=said(QUESTION))
    assert (content_of(reply), reply.json()["model"]) == ("Two metres.", "model")
    path = f"/api/v1/{version}/{'0' * 32}/chat/completions"
    reply = await complete(world.alice, path, model="model", messages=said(QUESTION))
    assert error_of(reply)[:2] == (404, "invalid_request_error")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": said("One", "Two")}, "messages[1]"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages[0]"),
        ({"messages": said("x" * 20_000)}, "messages[0]"),
        ({"messages": [{"role": "queen", "content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages[0].content",
        ),
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": 1}, "stream_options"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"metadata": {"session_id": 1}}, "metadata.session_id"),
        ({"n": 2}, "n"),
    ],
)
async def test_what_is_wrong_is_named(
    dialog: Dialog, world: World, wrong: dict[str, Any], param: str
) -> None:
    body = {"model": dialog.name, "messages": said(QUESTION), **wrong}
    reply = await complete(world.alice, **body)
    assert error_of(reply) == (400, "invalid_request_error", param, None)


async def test_a_model_s_server_that_fails(
    dialog: Dialog, world: World, engine: ScriptedEngine
) -> None:
    for stream in (False, True):
        engine.say("Half an ")
        engine.fail(EngineFailed("The model's server failed"))
        reply = await complete(
            world.alice, model=dialog.name, messages=said(QUESTION), stream=stream
        )
        if stream:
            assert reply.status == 200
            last = json.loads(reply.text.split("data: ")[-1])
            assert last["error"]["type"] == "server_error"
        else:
            assert error_of(reply) == (502, "server_error", None, None)


async def test_limits_are_those_of_the_socket(
    dialog: Dialog, world: World, engine: ScriptedEngine, settings: Any
) -> None:
    settings.TOKEN_QUESTIONS_PER_MINUTE = 1
    engine.end()
    assert (await complete(world.alice, model=dialog.name, messages=said(QUESTION))).status == 200
    reply = await complete(world.alice, model=dialog.name, messages=said(QUESTION))
    assert error_of(reply) == (429, "rate_limit_error", None, "rate_limit_exceeded")
    assert int(reply.headers["retry-after"]) > 0


async def test_citations_as_footnotes(world: World, settings: Any) -> None:
    await sync_to_async(ingest)(world.knowledge_base, "tower.md", b"# Tower\n\nThe tower is tall.")
    ask: Any = {"model": "Helpdesk", "messages": said("Is the tower tall?")}
    plain = content_of(await complete(world.alice, **ask))
    settings.CITATION_FOOTNOTES = True
    noted = content_of(await complete(world.alice, **ask))
    assert noted == f"{plain}\n\n---\n- [ID:0] tower.md · Tower"
    assert without_footnotes(noted) == plain
    stream = chunks_of(await complete(world.alice, **ask, stream=True))
    deltas = (chunk["choices"][0]["delta"] for chunk in stream)
    assert "".join(delta.get("content", "") for delta in deltas) == noted


# What front ends send beside questions, by their sources: they must leave nothing behind.
OPEN_WEBUI_TITLE = {
    "messages": [
        {
            "role": "user",
            "content": "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the"
            ' chat history.\n### Output:\nJSON format: { "title": "…" }\n### Chat History:\n'
            f"<chat_history>\nUSER: {QUESTION}\nASSISTANT: Two metres.\n</chat_history>",
        }
    ],
    "stream": False,
    "max_tokens": 1000,
}
OPEN_WEBUI_QUESTION = {
    "messages": said("What is this?", "A tower.", QUESTION),
    "stream": True,
    "stream_options": {"include_usage": True},
}
LIBRECHAT_QUESTION = {
    "messages": [
        {"role": "system", "content": "You are helpful."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ],
    "user": "65f0",
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 1,
    "top_p": 1,
}
LIBRECHAT_TITLE = {
    "messages": [
        {
            "role": "user",
            "content": "Provide a concise, 5-word-or-less title for the conversation, using title"
            f" case.\n\nConversation:\nUser: {QUESTION}\nAI: Two metres.",
        }
    ],
    "stream": False,
    "temperature": 0.2,
}
CHERRY_STUDIO_TITLE = {
    "messages": [
        {"role": "system", "content": "总结给出的会话，将其总结为语言为 zh-CN 的 10 字内标题"},
        {"role": "user", "content": json.dumps([{"role": "user", "mainText": QUESTION}])},
    ],
    "stream": False,
    "max_tokens": 1000,
}
CHERRY_STUDIO_CHECK = {
    "messages": [{"role": "system", "content": "test"}, {"role": "user", "content": "hi"}],
    "stream": True,
    "max_completion_tokens": 1,
}


@pytest.mark.parametrize(
    "body",
    [
        *(OPEN_WEBUI_QUESTION, OPEN_WEBUI_TITLE, LIBRECHAT_QUESTION, LIBRECHAT_TITLE),
        *(CHERRY_STUDIO_TITLE, CHERRY_STUDIO_CHECK),
    ],
)
async def test_front_ends_are_answered_and_leave_nothing(
    dialog: Dialog, world: World, engine: ScriptedEngine, body: dict[str, Any]
) -> None:
    headers = {"x-openwebui-chat-id": "5d2e", "http-referer": "https://openwebui.com/"}
    engine.say("Two metres.")
    engine.end()
    reply = await complete(world.alice, model=dialog.name, headers=headers, **body)
    if body["stream"]:
        deltas = (c["choices"][0]["delta"] for c in chunks_of(reply) if c["choices"])
        assert "".join(delta.get("content", "") for delta in deltas) == "Two metres."
    else:
        assert content_of(reply) == "Two metres."
    assert not await ChatSession.objects.aexists()
    assert not await Message.objects.aexists()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("seconds_alone", [None, 60])
async def test_closing_the_request_stops_the_answer_unless_its_dialog_lets_it_go_on(
    dialog: Dialog,
    world: World,
    engine: ScriptedEngine,
    stream: bool,
    seconds_alone: int | None,
) -> None:
    dialog.stop_after_seconds_alone = seconds_alone
    await dialog.asave()
    body = {
        "model": dialog.name,
        "messages": said(QUESTION),
        "stream": stream,
        "metadata": {"session_id": "mine"},
    }
    communicator = HttpCommunicator(
        application,
        "POST",
        ADDRESS,
        headers=[(b"authorization", f"Bearer {world.alice.token}".encode())],
    )
    content = json.dumps(body).encode()
    await communicator.send_input({"type": "http.request", "body": content})
    answers = Message.objects.filter(role=Message.Role.ASSISTANT)
    while not engine.prompts:  # noqa: ASYNC110 - nothing tells that the engine was asked
        await asyncio.sleep(0)
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait()
    answer = await answers.aget()
    assert (answer.pk.hex in hub) or seconds_alone is None
    if seconds_alone is not None:
        engine.say("Two metres.")
        engine.end()
    while answer.pk.hex in hub:  # noqa: ASYNC110 - nothing tells that it was recorded
        await asyncio.sleep(0)
    answer = await answers.aget()
    expected = ("stopped", "") if seconds_alone is None else ("complete", "Two metres.")
    assert (answer.status, answer.content) == expected
    assert engine.closed == 1
