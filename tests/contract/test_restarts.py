"""A server ends in every possible way: no question is lost, no answer hangs."""

from __future__ import annotations

import os
import re
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
def own_server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param) as server:
        yield server


def statuses(server: Server) -> dict[str, str]:
    """The status of every answer in the database."""
    with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as connection:
        return dict(connection.execute("SELECT id, status FROM chat_message"))


async def test_killed_in_mid_answer(own_server: Server, seeded: SeededData) -> None:
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        complete = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
        await client.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=100")
        received, first = "", await client.chunk()
        started = time.monotonic()
        while time.monotonic() < started + 1.5:
            received += (await client.chunk())["data"]["answer"]
        own_server.kill()
        code, _ = await client.closed()
    assert code == 1006

    own_server.start()
    # Before any client requests it.
    assert statuses(own_server)[first["data"]["id"]] == "interrupted"
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        resumed = await client.ask(type="resume", id=first["data"]["id"])
        again = await client.ask(type="resume", id=complete.id)
        busy = await client.ask(
            chat_id=seeded.load_chat_id,
            question="bench n=2",
            session_id=first["data"]["session_id"],
        )
    text = first["data"]["answer"] + received
    assert text.startswith(resumed.text) or resumed.text.startswith(text)
    assert resumed.text, "text older than a second is stored"
    assert [error["code"] for error in resumed.errors] == [503]
    assert resumed.completion["status"] == "interrupted"
    assert again.text == complete.text
    assert again.completion["status"] == "complete"
    assert len(busy.text.split()) == 2


async def test_sigterm_lets_answers_end(own_server: Server, seeded: SeededData) -> None:
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        await client.send(chat_id=seeded.load_chat_id, question="bench n=60 rate=40")
        await client.chunk()
        assert own_server.process
        own_server.process.terminate()
        rest = await client.rest()
        code, reason = await client.closed()
    assert rest.completion["status"] == "complete"
    assert code == 1012
    assert reason
    assert "retry after" in reason
    assert own_server.wait() == 0
    assert re.search(
        r"SIGTERM: process \d+ takes no more .* answers that run: 1$",
        own_server.log(),
        re.MULTILINE,
    )
    assert "answers that ended: 1, were interrupted: 0, are not saved: 0" in own_server.log()


async def test_sigterm_refuses_new_connections_and_questions(
    own_server: Server, seeded: SeededData
) -> None:
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        await client.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=40")
        await client.chunk()
        assert own_server.process
        own_server.process.terminate()
        while is_answering(own_server.port):
            pass
        await client.send(chat_id=seeded.load_chat_id, question="bench n=1", request_id="late")
        while (frame := await client.frame())["code"] == 0:
            pass
        assert frame["code"] == 503
        assert frame["data"]["taken"] is False
        assert frame["data"]["request_id"] == "late"

        own_server.process.terminate()
        second_signal = time.monotonic()
        code, _ = await client.closed()
        assert own_server.wait() == 0
    assert code == 1012
    assert time.monotonic() - second_signal < 4


async def test_after_a_drain_everything_is_there(own_server: Server, seeded: SeededData) -> None:
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        await client.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=40")
        first = await client.chunk()
        # Two pending signals of the same kind would be merged.
        os.kill(own_server.pid, signal.SIGTERM)
        os.kill(own_server.pid, signal.SIGINT)
        rest = await client.rest()
    assert own_server.wait() == 0
    assert [error["code"] for error in rest.errors] == [503]
    assert rest.completion["status"] == "interrupted"

    own_server.start()
    async with open_client(own_server.ws + CHAT, seeded.token) as client:
        resumed = await client.ask(type="resume", session_id=first["data"]["session_id"])
    assert resumed.text == first["data"]["answer"] + rest.text
    assert resumed.completion["status"] == "interrupted"
    assert own_server.stop() == 0
