"""A remote RAGFlow that refuses, breaks or says too much: each failure has its sentence."""

from __future__ import annotations

from typing import Any

import pytest

from chat.engines.base import EngineFailed
from chat.engines.ragflow.engine import RAGFlowEngine
from tests.support.engine_prompts import collect_events, text_of
from tests.support.fakes.ragflow_releases import END, event_line, said
from tests.support.fakes.ragflow_server import CHAT, KEY, RAGFlowServer
from tests.support.ragflow_prompts import ask, engine_for


@pytest.mark.parametrize(
    ("key", "chat", "words"),
    [("ragflow-wrong", CHAT, "key"), (KEY, "f" * 32, "no such chat")],
)
async def test_a_wrong_key_and_a_wrong_chat_are_named(
    remote: RAGFlowServer, key: str, chat: str, words: str
) -> None:
    _, failure = await collect_events(engine_for(remote), ask(api_key=key, chat_id=chat))

    assert isinstance(failure, EngineFailed)
    assert words in str(failure)
    assert key not in str(failure)


async def test_a_lost_connection_is_tried_again_before_the_first_byte(
    remote: RAGFlowServer,
) -> None:
    remote.drops = 2

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events)
    assert len(remote.completions) == 1


async def test_it_is_not_tried_for_ever(newest: RAGFlowServer) -> None:
    newest.drops = 10

    _, failure = await collect_events(engine_for(newest), ask())

    assert str(failure) == "RAGFlow cannot be reached."
    assert len(newest.requests) == 3


BROKEN = event_line(
    {"code": 500, "message": "Boom", "data": {"answer": "**ERROR**: Boom", "reference": []}}
)


@pytest.mark.parametrize(
    ("body", "text", "words"),
    [
        (said("**ERROR**: Insufficient balance") + END, "", "no credit left"),
        (said("**ER") + said("**ERROR**: rate limit reached") + END, "", "too busy"),
        (said("**ER", final=False) + said("ROR**: x", final=False) + END, "", "model behind"),
        (
            said("Half. ", final=False) + said("\n**ERROR**: x", final=False) + END,
            "Half. \n",
            "mod",
        ),
        (said("Half.", final=False) + BROKEN + END, "Half.", "an error of its own"),
        (said("Half.", final=False) + b"data:{broken\n\n", "Half.", "no answer"),
        (said("Half.", final=False) + b'data:"text"\n\n' + END, "Half.", "no answer"),
        (said("", reference={}) + END, "", "gave no answer"),
        (b'data:{"code":102,"message":"You don\'t own the chat x"}\n\n', "", "no such chat"),
        (b"<html>proxy</html>", "", "is no RAGFlow"),
        (b"", "", "is no RAGFlow"),
    ],
)
async def test_errors_in_the_stream_are_failures(
    newest: RAGFlowServer, body: bytes, text: str, words: str
) -> None:
    newest.will_send(body)

    events, failure = await collect_events(engine_for(newest), ask())

    assert isinstance(failure, EngineFailed)
    assert words in str(failure)
    assert text_of(events) == text


async def test_an_answer_has_a_longest_length(newest: RAGFlowServer) -> None:
    newest.will_send(said("x" * 100, final=False) * 3 + END)
    engine = RAGFlowEngine(newest.key, newest.base_url, max_answer_chars=150)

    events, failure = await collect_events(engine, ask())

    assert len(text_of(events)) == 150
    assert "150 characters" in str(failure)


async def test_endless_comments_are_cut_off(newest: RAGFlowServer) -> None:
    newest.will_send(b": nothing\n\n" * 30_000)
    engine = RAGFlowEngine(newest.key, newest.base_url, max_line_bytes=10_000)

    _, failure = await collect_events(engine, ask())

    assert "more at once" in str(failure)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chat_id": "../x"}, "`chat_id` must be the id of a chat"),
        ({"model": "qwen3"}, "`model` is not a setting of a RAGFlow chat"),
        ({"chat_id": ""}, "`chat_id` must be"),
    ],
)
async def test_wrong_settings_are_named(options: dict[str, Any], words: str) -> None:
    engine = RAGFlowEngine(KEY, "http://127.0.0.1:9")

    _, failure = await collect_events(engine, ask(**options))

    assert words in str(failure)


async def test_the_log_has_neither_key_nor_question(
    newest: RAGFlowServer, caplog: pytest.LogCaptureFixture
) -> None:
    question = "What is the secret of the blue door?"
    words = f"bad key {KEY} in: {question}"
    newest.will_send(event_line({"code": 102, "message": words}))

    await collect_events(engine_for(newest), ask(question))

    (record,) = caplog.records
    assert KEY not in record.getMessage()
    assert "blue door" not in record.getMessage()
