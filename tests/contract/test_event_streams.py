"""Answers over HTTP: server-sent events and polling, on both servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.conftest import CHAT
from tests.support.frame_client import open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server
from tests.support.sse_client import COMPLETION, HttpClient, http_client


@pytest.fixture
async def client(server: Server, seeded: SeededData) -> AsyncIterator[HttpClient]:
    async with http_client(server.http, seeded.token) as client:
        yield client


async def test_a_question_is_streamed_as_the_socket_streams_it(
    client: HttpClient, server: Server, seeded: SeededData
) -> None:
    received = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
    async with open_client(server.ws + CHAT, seeded.token) as socket:
        resumed = await socket.ask(type="resume", id=received.frames[0]["data"]["id"])
    assert "Megalo Chorio" in received.text
    assert received.text == resumed.text
    *_, reference, completion = received.frames
    assert reference == resumed.frames[-2]
    assert completion == resumed.completion
    assert reference["data"]["reference"]["chunks"]


async def test_nothing_on_the_way_may_keep_or_collect_it(
    client: HttpClient, seeded: SeededData
) -> None:
    question = {"chat_id": seeded.chat_id, "question": QUESTION}
    async with client.stream("POST", COMPLETION, json=question) as (response, _, _):
        assert response.headers["x-accel-buffering"] == "no"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-request-id"]


async def test_asked_with_a_query(client: HttpClient, seeded: SeededData) -> None:
    query = {
        "chat_id": seeded.chat_id,
        "question": QUESTION,
        "doc_ids": seeded.doc_id,
        "events": "true",
        "token": seeded.token,
    }
    received = await client.events("GET", COMPLETION, params=query)
    assert "Megalo Chorio" in received.text
    assert {frame["data"]["stage"] for frame in received.frames if "stage" in str(frame)}
    assert int(received.events[-1].retry) > 3600 * 1000, "an EventSource does not ask again"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_client_that_lost_its_connection_asks_nothing_twice(
    client: HttpClient, seeded: SeededData, method: str
) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=40 rate=200"}
    options: Any = {"params": question} if method == "GET" else {"json": question}
    first = await client.events_until(method, COMPLETION, 600, **options)
    headers = {"Last-Event-ID": first.last_id}
    second = await client.events(method, COMPLETION, headers=headers, **options)
    assert first.frames[0]["data"]["id"] == second.completion["id"]
    assert len((first.text + second.text).split()) == 40


async def test_the_whole_answer_in_one_piece(client: HttpClient, seeded: SeededData) -> None:
    body = {"chat_id": seeded.chat_id, "question": QUESTION, "stream": False}
    response = await client.http.post(COMPLETION, json=body)
    whole = response.json()
    assert response.headers["content-type"] == "application/json"
    assert (whole["code"], whole["status"]) == (0, "complete")
    assert "Megalo Chorio" in whole["data"]["answer"]
    assert whole["data"]["reference"]["chunks"]


async def test_a_session_is_continued(client: HttpClient, seeded: SeededData) -> None:
    first = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
    session = first.completion["session_id"]
    second = await client.ask(
        chat_id=seeded.chat_id, question="How many people live there?", session_id=session
    )
    assert second.completion["session_id"] == session
    assert "780" in second.text


async def test_a_client_that_leaves_stops_nothing(client: HttpClient, seeded: SeededData) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=40 rate=100"}
    first = await client.events_until("POST", COMPLETION, 300, json=question)
    address = f"/api/v1/answers/{first.frames[0]['data']['id']}"
    rest = await client.events("GET", f"{address}/events", params={"offset": 0})
    assert rest.completion["status"] == "complete"
    assert len(rest.text.split()) == 40


async def test_refusals_have_a_status_and_a_sentence(
    client: HttpClient, seeded: SeededData
) -> None:
    for body, status in (
        ({"chat_id": "0" * 32, "question": QUESTION}, 404),
        ({"chat_id": seeded.chat_id, "question": ""}, 400),
        ({"chat_id": seeded.chat_id, "question": "x" * 20_000}, 400),
        ([], 400),
    ):
        response = await client.http.post(COMPLETION, json=body)
        frame = response.json()
        assert response.status_code == frame["code"] == status
        assert frame["data"]["answer"] == f"**ERROR**: {frame['message']}"
    for name, value in (("offset", "x"), ("events", "perhaps"), ("offset", "9" * 400)):
        query = {"chat_id": seeded.chat_id, "question": QUESTION, name: value}
        response = await client.http.get(COMPLETION, params=query)
        assert response.status_code == 400
        assert name in response.json()["message"]


async def test_only_the_methods_that_there_are(client: HttpClient) -> None:
    response = await client.http.delete(COMPLETION)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert "GET" in response.json()["message"]


async def test_a_stranger_is_refused(server: Server, seeded: SeededData) -> None:
    async with http_client(server.http) as nobody, http_client(server.http, "nonsense") as other:
        for client in (nobody, other):
            response = await client.http.post(COMPLETION, json={})
            assert response.status_code == response.json()["code"] == 401
            assert response.headers["www-authenticate"] == "Bearer"
            response = await client.http.get(f"/api/v1/answers/{'0' * 32}")
            assert response.status_code == 401
            assert response.json()["data"] is None


async def test_a_failed_answer_ends_with_its_error(client: HttpClient, seeded: SeededData) -> None:
    chat_id = seeded.model_chat_ids["broken"]
    received = await client.ask(chat_id=chat_id, question=QUESTION)
    assert [frame["code"] for frame in received.frames if frame["code"]] == [502]
    assert received.completion["status"] == "failed"
    state = await client.get(f"/api/v1/answers/{received.completion['id']}")
    assert (state["status"], state["error"]["code"]) == ("failed", 502)
    body = {"chat_id": chat_id, "question": QUESTION, "stream": False}
    response = await client.http.post(COMPLETION, json=body)
    assert response.status_code == response.json()["code"] == 502


async def test_thoughts_are_sent_once_and_again_if_wanted(
    client: HttpClient, seeded: SeededData
) -> None:
    asked = await client.ask(chat_id=seeded.model_chat_ids["think-tags"], question=QUESTION)
    address = f"/api/v1/answers/{asked.completion['id']}"
    thoughts = reasoning_of(asked.frames)
    assert thoughts
    assert reasoning_of((await client.events("GET", f"{address}/events")).frames) == thoughts
    for query, expected in (
        ({"offset": 0}, ""),
        ({"offset": 0, "reasoning_offset": 2}, thoughts.encode()[2:].decode()),
    ):
        again = await client.events("GET", f"{address}/events", params=query)
        assert reasoning_of(again.frames) == expected
        assert again.text == asked.text
    state = await client.get(address, reasoning_offset=0)
    assert (state["reasoning"], state["answer"]) == (thoughts, asked.text)


def reasoning_of(frames: list[dict[str, Any]]) -> str:
    chunks = (frame["data"] for frame in frames if isinstance(frame["data"], dict))
    return "".join(chunk.get("reasoning", "") for chunk in chunks)


async def test_polling_waits_for_what_is_new(client: HttpClient, seeded: SeededData) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=30 rate=100"}
    first = await client.events_until("POST", COMPLETION, 300, json=question)
    address = f"/api/v1/answers/{first.frames[0]['data']['id']}"
    text, offset, status = "", 0, "pending"
    while status == "pending":
        state = await client.get(address, offset=offset, wait=20)
        assert state["answer"] or state["status"] != "pending"
        text, offset, status = text + state["answer"], state["offset"], state["status"]
    assert status == "complete"
    assert len(text.split()) == 30
    assert state["timing"]["total_ms"] > 0
    assert (await client.http.get(f"{address}?wait=1000")).status_code == 400
    beyond = await client.http.get(f"{address}?offset={offset + 1}")
    assert beyond.status_code == 409
    beyond = await client.http.get(f"{address}/events?offset={offset + 1}")
    assert beyond.status_code == 409


async def test_a_poll_without_news_says_so(
    client: HttpClient, server: Server, seeded: SeededData
) -> None:
    async with open_client(server.ws + CHAT, seeded.token) as socket:
        await socket.send(chat_id=seeded.model_chat_ids["silent"], question=QUESTION, events=True)
        answer_id = (await socket.frame())["data"]["id"]
        state = await client.get(f"/api/v1/answers/{answer_id}", wait=0)
        assert (state["answer"], state["status"], state["offset"]) == ("", "pending", 0)
        rest = await socket.rest()
    state = await client.get(f"/api/v1/answers/{answer_id}", wait=20)
    assert state["status"] == rest.completion["status"] == "failed"


async def test_stopped_over_http(client: HttpClient, seeded: SeededData) -> None:
    question = {"chat_id": seeded.load_chat_id, "question": "bench n=20000 rate=40"}
    first = await client.events_until("POST", COMPLETION, 300, json=question)
    address = f"/api/v1/answers/{first.frames[0]['data']['id']}"
    following = asyncio.create_task(client.events("GET", f"{address}/events"))
    stopped = await client.post(f"{address}/stop")
    assert stopped["status"] == "stopped"
    assert (await following).completion["status"] == "stopped"
    again = await client.http.post(f"{address}/stop")
    assert again.json()["message"] == "already ended"
    assert again.json()["data"]["status"] == "stopped"


async def test_rated_and_asked_again(client: HttpClient, seeded: SeededData) -> None:
    asked = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
    address = f"/api/v1/answers/{asked.completion['id']}"
    rated = await client.post(f"{address}/feedback", rating="up", comment="Right")
    assert rated["rating"] == "up"
    refused = await client.http.post(f"{address}/feedback", json={"rating": "great"})
    assert refused.status_code == 400
    other = await client.post(f"{address}/regenerate", status=201)
    assert other["session_id"] == asked.completion["session_id"]
    again = await client.events("GET", f"/api/v1/answers/{other['id']}/events")
    assert again.text == asked.text
    assert again.completion["id"] != asked.completion["id"]


async def test_a_body_that_is_no_text_is_refused(client: HttpClient) -> None:
    for content in (
        b"\xff",
        b"{",
        b'{"chat_id": 1, "chat_id": 2}',
        json.dumps("x" * 70_000).encode(),
    ):
        response = await client.http.post(COMPLETION, content=content)
        assert response.status_code in (400, 413)
        assert response.json()["code"] == response.status_code
