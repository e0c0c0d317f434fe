"""The gateway to a remote RAGFlow, in the dialects of its releases, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from chat.engines.base import (
    Delta,
    Elsewhere,
    EngineFailed,
    EngineTimedOut,
    Event,
    Exchange,
    Prompt,
    SessionElsewhere,
    Sources,
    Usage,
)
from chat.engines.ragflow.engine import RAGFlowEngine
from tests.support.engine_prompts import (
    collect_events,
    collect_until_silence,
    reasoning_of,
    text_of,
)
from tests.support.fakes.ragflow_releases import RELEASES, Answer, event_line, on_the_wire, source
from tests.support.fakes.ragflow_server import CHAT, KEY, RAGFlowServer, Then

THINKING = Answer(thought=("Let me ", "see 春节.\n"))


@pytest.fixture(params=RELEASES)
async def remote(request: pytest.FixtureRequest, loopback: None) -> AsyncIterator[RAGFlowServer]:
    async with RAGFlowServer(request.param) as server:
        yield server


@pytest.fixture
async def newest(loopback: None) -> AsyncIterator[RAGFlowServer]:
    async with RAGFlowServer("0.27.0") as server:
        yield server


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("chat.engines.ragflow.conversation.RETRY_S", 0.01)


def engine_for(server: RAGFlowServer) -> RAGFlowEngine:
    return RAGFlowEngine(server.key, server.base_url, timeout_s=5)


def ask(question: str = "What is RAGFlow?", session: str = "", **options: object) -> Prompt:
    elsewhere = Elsewhere(session=session, user="u" * 32)
    return Prompt(question, options={"chat_id": CHAT, **options}, elsewhere=elsewhere)


def session_of(events: list[Event]) -> str:
    (session,) = [event.id for event in events if isinstance(event, SessionElsewhere)]
    return session


def sources_of(events: list[Event]) -> Sources:
    (sources,) = [event for event in events if isinstance(event, Sources)]
    return sources


async def test_an_answer_is_told_once_with_its_citations(remote: RAGFlowServer) -> None:
    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    said = text_of(events)
    assert said.replace(" [ID:0]", "").replace("[ID:1]", "").replace(" .", ".").strip() == (
        "RAGFlow 是一个开源的检索增强生成引擎 🚀。It reads PDF."
    )
    assert said.count("[ID:0]") == said.count("[ID:1]") == 1
    assert len([event for event in events if isinstance(event, Delta)]) > 1


async def test_thinking_is_separated_from_the_answer(remote: RAGFlowServer) -> None:
    remote.will_answer(THINKING)

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert reasoning_of(events).strip() == "Let me see 春节."
    assert text_of(events).startswith("RAGFlow 是一个开源的检索增强生成引擎 🚀")
    assert text_of(events).count("RAGFlow") == 1


async def test_what_was_found_comes_with_the_answer(remote: RAGFlowServer) -> None:
    strange = source(2, "Strange.", similarity=float("nan"), url="javascript:alert(1)")
    remote.will_answer(replace(Answer(), sources=(*Answer().sources, strange)))

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    first, _, third = sources_of(events).found
    assert (first.text, first.document_name) == ("RAGFlow 是引擎。", "document-0.pdf")
    assert (first.dataset_id, first.similarity, first.positions) == (
        *("d" * 32, 0.75),
        [[1, 10, 20, 30, 40]],
    )
    assert (third.similarity, third.url) == (0.0, None)


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


async def test_a_chat_without_datasets_says_nothing_of_the_end(remote: RAGFlowServer) -> None:
    remote.will_answer(Answer(decorated="", has_datasets=False, sources=()))

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events) == Answer().text
    assert not [event for event in events if isinstance(event, Sources)]


@pytest.mark.parametrize(
    "pieces",
    [
        ("Yes", "."),
        ("ha", "ha", "ha!"),
        ("好",),
        ("|---|---|---|", "|---|---|---|", "\n| a | b | c |"),
        ("An answer that is long. ", "An answer that is long? ", "No."),
    ],
)
@pytest.mark.parametrize("has_datasets", [True, False])
async def test_short_and_repetitive_answers_are_told_once(
    remote: RAGFlowServer, pieces: tuple[str, ...], has_datasets: bool
) -> None:
    remote.will_answer(Answer(pieces, (), "", (), has_datasets))

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events) == "".join(pieces)


async def test_documents_are_handed_on_and_other_fields_are_not(remote: RAGFlowServer) -> None:
    prompt = ask()
    named = replace(prompt.elsewhere, doc_ids=("a" * 32, "b" * 32))

    await collect_events(engine_for(remote), replace(prompt, elsewhere=named, instructions="Sing!"))

    body = remote.completions[0].body
    assert body["doc_ids"] == f"{'a' * 32},{'b' * 32}"
    assert "Sing!" not in str(body)
    assert remote.completions[0].headers["authorization"] == f"Bearer {KEY}"


def boundaries(body: bytes) -> dict[str, int]:
    """One of each kind."""
    character = body.index("检".encode())
    return {
        "in a character": character + 1,
        "in a line": body.index(b'"answer"') + 4,
        "between the line ends": body.index(b"\n\n") + 1,
        "between events": body.index(b"\n\n") + 2,
        "before the terminator": body.rindex(b"data:"),
        "in the terminator": len(body) - 8,
    }


@pytest.mark.parametrize("where", boundaries(on_the_wire(RELEASES["0.24.0"], Answer(), "s")))
async def test_pieces_may_be_cut_anywhere(remote: RAGFlowServer, where: str) -> None:
    body = remote.body_of_answer()
    whole, _ = await collect_events(engine_for(remote), ask())
    remote.will_cut(boundaries(body)[where], Then.GO_ON)

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events) == text_of(whole)


@pytest.mark.parametrize("then", [Then.END, Then.ABORT])
@pytest.mark.parametrize("where", boundaries(on_the_wire(RELEASES["0.24.0"], Answer(), "s")))
async def test_an_answer_without_its_end_is_a_failure_and_keeps_its_text(
    remote: RAGFlowServer, where: str, then: Then
) -> None:
    whole, _ = await collect_events(engine_for(remote), ask())
    remote.will_cut(boundaries(remote.body_of_answer())[where], then)

    events, failure = await collect_events(engine_for(remote), ask())

    assert isinstance(failure, EngineFailed)
    assert text_of(whole).startswith(text_of(events).removesuffix(" [ID:0][ID:1]"))
    if where == "before the terminator":
        assert text_of(events) == text_of(whole)


@pytest.mark.parametrize("where", ["between events", "before the terminator"])
async def test_silence_is_a_timeout_and_keeps_the_text(
    remote: RAGFlowServer, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.will_cut(boundaries(remote.body_of_answer())[where], Then.SILENCE)

    events, failure = await collect_until_silence(engine_for(remote), ask(), "RAGFlow", monkeypatch)

    assert isinstance(failure, EngineTimedOut)
    assert str(failure) == "RAGFlow fell silent for 5 s."
    assert text_of(events).startswith("RAGFlow")


async def test_stopping_closes_the_stream(remote: RAGFlowServer) -> None:
    body = remote.body_of_answer()
    remote.will_cut(body.index(b"\n\n") + 2, Then.SILENCE)
    answer = engine_for(remote).answer(ask())

    async for event in answer:
        if isinstance(event, Delta):
            break
    await answer.aclose()

    request = await remote.completion()
    async with asyncio.timeout(5):
        await request.hung_up.wait()


async def test_the_first_piece_is_told_before_the_next_one_comes(remote: RAGFlowServer) -> None:
    remote.gate = asyncio.Event()
    remote.will_cut(remote.body_of_answer().index(b"\n\n") + 2, Then.GO_ON)
    events = engine_for(remote).answer(ask())

    async with asyncio.timeout(5):
        assert isinstance(await anext(events), SessionElsewhere)
        first = await anext(events)
    assert isinstance(first, Delta)
    assert first.text.startswith("RAGFlow")
    remote.gate.set()
    await events.aclose()


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


def said(answer: str, **fields: object) -> bytes:
    return event_line({"code": 0, "message": "", "data": {"answer": answer, **fields}})


END = event_line({"code": 0, "data": True})
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


async def test_bold_text_and_lines_that_look_alike_are_no_failures(newest: RAGFlowServer) -> None:
    text = "**ERRATA** are\n**ERROR**: the level of a log\nand **ERROR** in a line"
    newest.will_send(b"".join(said(letter, final=False) for letter in text) + END)

    events, failure = await collect_events(engine_for(newest), ask())

    assert failure is None
    assert text_of(events) == text


async def test_citations_get_one_spelling(newest: RAGFlowServer) -> None:
    newest.will_send(said("A (ID: 0). B ##1", final=False) + said("$$.", final=False) + END)

    events, _ = await collect_events(engine_for(newest), ask())

    assert text_of(events) == "A [ID:0]. B [ID:1]."


async def test_usage_is_told_if_there_is_any(newest: RAGFlowServer) -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3}
    newest.will_send(said("Yes.", final=True, usage=usage) + END)

    events, failure = await collect_events(engine_for(newest), ask())

    assert failure is None
    assert events[-1] == Usage(12, 3)


async def test_an_emoji_whose_halves_come_apart_is_put_together(newest: RAGFlowServer) -> None:
    newest.will_send(
        b'data:{"code":0,"data":{"answer":"a \\ud83d","final":false}}\n\n'
        b'data:{"code":0,"data":{"answer":"\\ude80 b","final":false}}\n\n' + END
    )

    events, _ = await collect_events(engine_for(newest), ask())

    assert text_of(events) == "a 🚀 b"


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


async def test_a_dialogs_own_ragflow_may_not_be_in_a_private_network(
    newest: RAGFlowServer,
) -> None:
    engine = RAGFlowEngine("", "http://127.0.0.1:9")

    _, failure = await collect_events(engine, ask(base_url=newest.base_url))

    assert "may not use" in str(failure)
    assert not newest.requests


async def test_the_sites_key_is_not_sent_to_a_dialogs_own_ragflow(newest: RAGFlowServer) -> None:
    site = "http://127.0.0.1:9"
    engine = RAGFlowEngine("ragflow-of-the-site", site, private_networks=["127.0.0.0/8"])

    _, failure = await collect_events(engine, ask(base_url=newest.base_url))

    assert str(failure) == "RAGFlow did not accept our key."
    assert "authorization" not in newest.requests[0].headers


@pytest.mark.parametrize("path", ["/", "/v1", "/api/v1/"])
async def test_an_address_may_end_as_people_copy_it(newest: RAGFlowServer, path: str) -> None:
    engine = RAGFlowEngine(newest.key, newest.base_url + path)

    events, failure = await collect_events(engine, ask())

    assert failure is None
    assert text_of(events)


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
