"""A server that ends, in every way it can end: no question is lost, no answer hangs."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server, is_answering, running


@pytest.fixture(params=KINDS)
def own(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param) as server:
        yield server


def statuses(server: Server) -> dict[str, str]:
    """Of all answers, as the database has them."""
    with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as connection:
        return dict(connection.execute("SELECT id, status FROM chat_message"))


async def test_killed_in_mid_answer(own: Server, seeded: SeededData) -> None:
    async with open_client(own.ws + CHAT, seeded.token) as talk:
        complete = await talk.ask(chat_id=seeded.chat_id, question=QUESTION)
        await talk.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=100")
        received, first = "", await talk.chunk()
        started = time.monotonic()
        while time.monotonic() < started + 1.5:
            received += (await talk.chunk())["data"]["answer"]
        own.kill()
        code, _ = await talk.closed()
    assert code == 1006

    own.start()
    # Before anybody asks for it.
    assert statuses(own)[first["data"]["id"]] == "interrupted"
    async with open_client(own.ws + CHAT, seeded.token) as talk:
        kept = await talk.ask(type="resume", id=first["data"]["id"])
        again = await talk.ask(type="resume", id=complete.id)
        busy = await talk.ask(
            chat_id=seeded.load_chat_id,
            question="bench n=2",
            session_id=first["data"]["session_id"],
        )
    said = first["data"]["answer"] + received
    assert said.startswith(kept.text) or kept.text.startswith(said)
    assert kept.text, "what was written more than a second ago is kept"
    assert [error["code"] for error in kept.errors] == [503]
    assert kept.completion["status"] == "interrupted"
    assert again.text == complete.text
    assert again.completion["status"] == "complete"
    assert len(busy.text.split()) == 2


async def test_sigterm_lets_answers_end(own: Server, seeded: SeededData) -> None:
    async with open_client(own.ws + CHAT, seeded.token) as talk:
        await talk.send(chat_id=seeded.load_chat_id, question="bench n=60 rate=40")
        await talk.chunk()
        assert own.process
        own.process.terminate()
        rest = await talk.rest()
        code, reason = await talk.closed()
    assert rest.completion["status"] == "complete"
    assert code == 1012
    assert reason
    assert "retry after" in reason
    assert own.wait() == 0


async def test_sigterm_takes_nobody_in(own: Server, seeded: SeededData) -> None:
    async with open_client(own.ws + CHAT, seeded.token) as talk:
        await talk.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=40")
        await talk.chunk()
        assert own.process
        own.process.terminate()
        while is_answering(own.port):
            pass
        await talk.send(chat_id=seeded.load_chat_id, question="bench n=1", request_id="late")
        while (frame := await talk.frame())["code"] == 0:
            pass
        assert frame["code"] == 503

        own.process.terminate()
        hurried = time.monotonic()
        code, _ = await talk.closed()
        assert own.wait() == 0
    assert code == 1012
    assert time.monotonic() - hurried < 4


async def test_after_a_drain_everything_is_there(own: Server, seeded: SeededData) -> None:
    async with open_client(own.ws + CHAT, seeded.token) as talk:
        await talk.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=40")
        first = await talk.chunk()
        # Two of a kind would count as one.
        os.kill(own.pid, signal.SIGTERM)
        os.kill(own.pid, signal.SIGINT)
        rest = await talk.rest()
    assert own.wait() == 0
    assert [error["code"] for error in rest.errors] == [503]
    assert rest.completion["status"] == "interrupted"

    own.start()
    async with open_client(own.ws + CHAT, seeded.token) as talk:
        kept = await talk.ask(type="resume", session_id=first["data"]["session_id"])
    assert kept.text == first["data"]["answer"] + rest.text
    assert kept.completion["status"] == "interrupted"
    assert own.stop() == 0
