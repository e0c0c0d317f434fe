"""Two servers of different kinds, one database, one Redis: any server can answer anything."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ids import new_id
from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import FrameClient, Received, open_client
from tests.support.long_answers import LONG, begin, tokens
from tests.support.redis_server import running_redis
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import ROOT, Server, environment, running_servers


@pytest.fixture(scope="module")
def pair(data: Path, seeded: SeededData) -> Iterator[list[Server]]:
    """Shared by tests that change neither server."""
    with (
        running_redis() as redis,
        running_servers(data, KINDS, REDIS_URL=redis.url) as servers,
    ):
        yield servers


async def test_resumed_on_the_other_server_at_any_offset(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    first = await begin(asker, seeded, "bench n=60 rate=40")
    from_the_start = await other.ask(type="resume", id=first["id"])
    rest = await asker.rest()
    whole = first["answer"] + rest.text
    assert from_the_start.text == whole
    assert tokens(from_the_start) == 60
    assert from_the_start.completion["status"] == "complete"
    assert from_the_start.completion["usage"] == rest.completion["usage"]
    for offset in (0, len(first["answer"]), len(whole) - 3, len(whole)):
        again = await other.ask(type="resume", id=first["id"], offset=offset)
        assert again.text == whole[offset:]


@pytest.mark.parametrize("direction", [1, -1])
async def test_read_live_on_the_other_server(
    pair: list[Server], seeded: SeededData, direction: int
) -> None:
    asked, followed = (server.ws + CHAT for server in pair[::direction])
    async with (
        open_client(asked, seeded.token) as asker,
        open_client(followed, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        await other.send(type="resume", id=first["id"], offset=first["offset"])
        text = "".join([(await other.chunk())["data"]["answer"] for _ in range(40)])
        assert len(text.split()) < 40 * 20, "it is announced, not found by the poll once a second"
        await other.send(type="stop", id=first["id"])
        assert (await other.rest()).completion["status"] == "stopped"
        assert (await asker.rest()).completion["status"] == "stopped"


async def test_stopped_from_the_other_server(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    first = await begin(asker, seeded, request_id=(request := new_id().hex))
    asked = time.monotonic()
    await other.send(type="stop", request_id=request)
    rest = await asker.rest()
    assert time.monotonic() - asked < 10
    assert rest.completion["status"] == "stopped"
    resumed = await other.ask(type="resume", id=first["id"])
    assert resumed.text == first["answer"] + rest.text


async def test_a_stranger_gets_nothing_on_the_other_server(
    first_url: str, second_url: str, seeded: SeededData
) -> None:
    async with (
        open_client(first_url, seeded.token) as asker,
        open_client(second_url, seeded.bobs_token) as bob,
    ):
        first = await begin(asker, seeded, "bench n=20 rate=40")
        assert (await bob.refused(type="stop", id=first["id"]))["code"] == 404
        assert (await bob.refused(type="resume", id=first["id"]))["code"] == 404
        assert (await bob.refused(type="follow", session_id=first["session_id"]))["code"] == 404
        assert (await asker.rest()).completion["status"] == "complete"


async def test_a_session_followed_on_the_other_server(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    before = await asker.ask(chat_id=seeded.load_chat_id, question="bench n=1")
    await other.send(type="follow", session_id=before.session_id)
    assert (await other.frame())["message"] == "following"
    asked = await asker.ask(
        chat_id=seeded.load_chat_id, question="bench n=20 rate=40", session_id=before.session_id
    )
    followed = await other.rest()
    question = followed.chunks[0]
    asked_as = question["question_id"]
    assert (question["event"], question["question"]) == ("question", "bench n=20 rate=40")
    assert followed.id == asked.id, "earlier answers are not sent again"
    assert followed.text == asked.text
    assert followed.completion["status"] == "complete"

    again = await asker.ask(type="regenerate", id=asked.id)
    followed = await other.rest()
    assert followed.chunks[0]["question_id"] == asked_as
    assert followed.id == again.id != asked.id
    assert followed.text == again.text
    await other.send(type="unfollow", session_id=before.session_id)
    assert (await other.frame())["message"] == "not following"


async def test_busy_says_which_answer_is_running(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    first = await begin(asker, seeded)
    busy = await other.refused(
        chat_id=seeded.load_chat_id, question="bench n=1", session_id=first["session_id"]
    )
    assert busy["code"] == 409
    assert busy["data"]["id"] == first["id"]
    await other.send(type="stop", id=first["id"])
    await asker.rest()


async def test_asked_twice_answered_once(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    question = {
        "chat_id": seeded.load_chat_id,
        "question": "bench n=30 rate=40",
        "request_id": new_id().hex,
    }
    await asker.send(**question)
    await other.send(**question)
    one, two = await asker.rest(), await other.rest()
    assert one.id == two.id
    assert one.text == two.text
    assert tokens(one) == 30
    assert two.completion["request_id"] == question["request_id"]
    different = await other.refused(**{**question, "question": "bench n=31"})
    assert different["code"] == 409


async def test_asked_twice_at_the_same_moment(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    session = (await asker.ask(chat_id=seeded.load_chat_id, question="bench n=1")).session_id
    for _ in range(10):
        question = {
            "chat_id": seeded.load_chat_id,
            "question": "bench n=5",
            "session_id": session,
            "request_id": new_id().hex,
        }
        one, two = await asyncio.gather(asker.ask(**question), other.ask(**question))
        assert one.id == two.id
        assert one.text == two.text


async def test_rated_on_the_other_server(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    received = await asker.ask(chat_id=seeded.chat_id, question=QUESTION)
    await other.send(type="feedback", id=received.id, rating="up", comment="Right")
    saved = await other.frame()
    assert (saved["message"], saved["data"]["rating"]) == ("feedback saved", "up")


async def test_stopped_when_no_server_has_a_reader(
    first_url: str, second_url: str, seeded: SeededData
) -> None:
    async with open_client(second_url, seeded.token) as other:
        async with open_client(first_url, seeded.token) as asker:
            await asker.send(chat_id=seeded.unwatched_chat_id, question=LONG)
            first = (await asker.chunk())["data"]
            await other.send(type="resume", id=first["id"])
            await other.chunk()
        gone = time.monotonic()
        # Three times the dialog's limit, with a reader on the other server.
        while time.monotonic() < gone + 3:
            await other.chunk()
    closed, received = time.monotonic(), None
    async with open_client(second_url, seeded.token) as other:
        # Resuming would keep it alive; a refused question into its session does not.
        while received is None or received.frames[0]["code"] == 409:
            await other.send(
                chat_id=seeded.unwatched_chat_id,
                question="bench n=1",
                session_id=first["session_id"],
            )
            frame = await other.frame()
            received = Received([frame]) if frame["code"] else await other.rest()
            assert time.monotonic() < closed + 15
        stopped = await other.ask(type="resume", id=first["id"])
    assert stopped.completion["status"] == "stopped"


def manage(server: Server, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    env = environment(server.data, **server.settings)
    done = subprocess.run(
        command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, timeout=60, text=True
    )
    return done.stdout


async def test_a_notice_reaches_its_connections_on_both_servers(
    pair: list[Server], first_url: str, second_url: str, seeded: SeededData
) -> None:
    async with (
        open_client(first_url, seeded.token) as one,
        open_client(second_url, seeded.token) as two,
    ):
        received = await one.ask(chat_id=seeded.load_chat_id, question="bench n=1")
        for client in (one, two):
            await client.send(type="follow", session_id=received.session_id)
            await client.frame()
        notices = {"Everyone": (), "Alice": ("--user", "alice"), "Bob": ("--user", "bob")}
        for notice, whom in notices.items():
            assert manage(pair[0], "announce", notice, *whom).startswith("Done!")
        manage(pair[0], "announce", "Session", "--session", received.session_id)
        for client in (one, two):
            frames = [(await client.frame())["data"] for _ in range(3)]
            assert [frame["event"] for frame in frames] == ["notice"] * 3
            assert [frame["notice"] for frame in frames] == ["Everyone", "Alice", "Session"]


async def test_stopped_when_its_session_is_deleted(
    asker: FrameClient, other: FrameClient, pair: list[Server], seeded: SeededData
) -> None:
    first = await begin(asker, seeded)
    await other.send(type="resume", id=first["id"])
    await other.chunk()
    address = f"{pair[1].http}/api/v1/chats/{seeded.load_chat_id}/sessions"
    headers = {"Authorization": f"Bearer {seeded.token}", "Content-Type": "application/json"}
    body = json.dumps({"ids": [first["session_id"]]}).encode()
    request = urllib.request.Request(address, body, headers, method="DELETE")
    with await asyncio.to_thread(urllib.request.urlopen, request) as response:
        assert response.status == 200
    assert (await asker.rest()).completion["status"] == "stopped"
    assert (await other.rest()).completion["status"] == "stopped"
    assert (await other.refused(type="resume", id=first["id"]))["code"] == 404


async def test_a_token_revoked_in_a_third_process_is_closed_on_both_servers(
    pair: list[Server], first_url: str, second_url: str, seeded: SeededData
) -> None:
    token = manage(pair[0], "createtoken", "alice", "--name", "lost").strip()
    async with (
        open_client(first_url, token) as one,
        open_client(second_url, token) as two,
        open_client(second_url, seeded.token) as other,
    ):
        for client in (one, two, other):
            await client.send(type="ping")
            await client.frame()
        manage(pair[0], "revoketoken", token)
        revoked = time.monotonic()
        for client in (one, two):
            assert await client.closed() == (1008, "This API token was revoked")
        assert time.monotonic() < revoked + 10
        await other.send(type="ping")
        assert (await other.frame())["message"] == "pong"
    for url in (first_url, second_url):
        async with open_client(url, token) as refused:
            assert (await refused.frame())["message"] == "This API token was revoked"
