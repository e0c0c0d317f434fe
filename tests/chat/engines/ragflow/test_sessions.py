"""The sessions that a remote RAGFlow keeps of our conversations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.engines.base import EngineFailed, Exchange, SessionElsewhere
from tests.support.engine_prompts import collect_events, text_of
from tests.support.fakes.ragflow_server import RAGFlowServer
from tests.support.ragflow_prompts import ask, engine_for, session_of


async def test_a_session_is_begun_before_the_first_question_and_continued(
    remote: RAGFlowServer,
) -> None:
    engine = engine_for(remote)
    events, _ = await collect_events(engine, ask())
    session = session_of(events)
    past = Exchange("What is RAGFlow?", text_of(events))

    again = replace(ask("And what does it read?", session), history=(past,))
    events, failure = await collect_events(engine, again)

    assert failure is None
    assert not [event for event in events if isinstance(event, SessionElsewhere)]
    assert len(remote.created) == 1
    assert remote.created[0] == {"name": "What is RAGFlow?", "user_id": "u" * 32}
    kept = [said["content"] for said in remote.sessions[session] if said["role"] == "user"]
    assert kept == ["What is RAGFlow?", "And what does it read?"]


async def test_what_was_said_before_is_told_where_it_can_be(remote: RAGFlowServer) -> None:
    """A session that begins in the middle: the client keeps the conversation, or it was deleted."""
    past = Exchange("Where to begin?", "Here [ID:0].")

    events, failure = await collect_events(engine_for(remote), replace(ask(), history=(past,)))

    assert failure is None
    assert text_of(events)
    kept = [said["content"] for said in remote.sessions[session_of(events)][:-1]]
    told = ["Where to begin?", "Here .", "What is RAGFlow?"]
    assert kept == (told if remote.release.has_new_route else told[-1:])


async def test_a_session_that_was_deleted_there_is_begun_anew(remote: RAGFlowServer) -> None:
    events, failure = await collect_events(engine_for(remote), ask(session="e" * 32))

    assert failure is None
    assert session_of(events) in remote.sessions
    assert text_of(events)


@pytest.mark.parametrize(
    ("status", "kind", "body", "words", "requests"),
    [
        (502, "text/html", b"<h1>Bad Gateway</h1>", "RAGFlow failed (HTTP 502)", 3),
        (504, "text/html", b"<h1>Timeout</h1>", "took too long", 1),
        (429, "text/html", b"slow", "too busy", 1),
        (302, "text/html", b"", "another address", 1),
        (200, "text/html", b"<h1>Welcome to nginx!</h1>", "no answer", 1),
        (200, "application/json", b'{"code":100,"message":"Exc()"}', "an error of its own", 1),
        (200, "application/json", b'{"code":0,"data":false,"message":"no"}', "our key", 1),
        (200, "application/json", b'{"code":102,"message":"Bad input"}', "refused", 1),
        (200, "application/json", b"[1]", "no answer", 1),
    ],
)
async def test_what_is_no_session_is_a_failure(
    newest: RAGFlowServer, status: int, kind: str, body: bytes, words: str, requests: int
) -> None:
    newest.refuses_first = [(status, kind, body)] * 3

    _, failure = await collect_events(engine_for(newest), ask())

    assert isinstance(failure, EngineFailed)
    assert words in str(failure)
    assert len(newest.requests) == requests
