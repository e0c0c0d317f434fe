"""Production deployment: two servers, one PostgreSQL, one Redis; any server can answer anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.secret_format import new_token_text
from core.ids import new_id
from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import FrameClient, Received, open_client
from tests.support.long_answers import begin, read_for, read_until_cut, tokens
from tests.support.postgres import PostgresDatabase, postgres_database
from tests.support.redis_server import running_redis
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server, running_servers, seed


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresDatabase]:
    with postgres_database() as database:
        yield database


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with only the secrets in it."""
    data = tmp_path_factory.mktemp("postgres") / "data"
    data.mkdir()
    return data


@pytest.fixture(scope="module")
def seeded(stored: Path, database: PostgresDatabase) -> SeededData:
    return seed(stored, DATABASE_URL=database.url)


@pytest.fixture(scope="module")
def pair(stored: Path, seeded: SeededData, database: PostgresDatabase) -> Iterator[list[Server]]:
    with (
        running_redis() as redis,
        running_servers(stored, KINDS, REDIS_URL=redis.url, DATABASE_URL=database.url) as servers,
    ):
        yield servers
        assert not list(servers[0].data.glob("*.sqlite3"))


async def test_an_answer_rests_on_documents(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    received = await asker.ask(chat_id=seeded.chat_id, question=QUESTION)
    assert "Megalo Chorio" in received.text
    assert received.reference["chunks"][0]["document_id"] == seeded.doc_id
    again = await other.ask(type="resume", id=received.id)
    assert (again.text, again.reference) == (received.text, received.reference)


async def test_resumed_and_stopped_on_the_other_server(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    first = await begin(asker, seeded)
    await other.send(type="resume", id=first["id"])
    followed = await read_for(other, 1.2)
    await other.send(type="stop", id=first["id"])
    rest, followed_rest = await asker.rest(), await other.rest()
    assert rest.completion["status"] == followed_rest.completion["status"] == "stopped"
    assert first["answer"] + rest.text == followed + followed_rest.text


async def test_a_stranger_cannot_resume_on_the_other_server(
    first_url: str, second_url: str, seeded: SeededData
) -> None:
    async with (
        open_client(first_url, seeded.token) as asker,
        open_client(second_url, seeded.bobs_token) as bob,
    ):
        received = await asker.ask(chat_id=seeded.load_chat_id, question="bench n=1")
        assert (await bob.refused(type="resume", id=received.id))["code"] == 404


async def test_asked_twice_at_the_same_moment(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    for _ in range(10):
        question = {
            "chat_id": seeded.load_chat_id,
            "question": "bench n=5",
            "request_id": new_id().hex,
        }
        one, two = await asyncio.gather(asker.ask(**question), other.ask(**question))
        assert one.id == two.id
        assert one.text == two.text


async def test_of_two_concurrent_questions_in_a_session_one_is_busy(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    session = (await asker.ask(chat_id=seeded.load_chat_id, question="bench n=1")).session_id
    for _ in range(10):
        question = {
            "chat_id": seeded.load_chat_id,
            "question": "bench n=20000 rate=40",
            "session_id": session,
        }
        await asyncio.gather(asker.send(**question), other.send(**question))
        frames = [await asker.frame(), await other.frame()]
        [busy] = [frame for frame in frames if frame["code"]]
        winner = other if frames[0] is busy else asker
        assert busy["code"] == 409
        await winner.send(type="stop", id=busy["data"]["id"])
        assert (await winner.rest()).completion["status"] == "stopped"


async def test_a_restart_of_the_database_disturbs_no_client(
    asker: FrameClient, other: FrameClient, seeded: SeededData, database: PostgresDatabase
) -> None:
    first = await begin(asker, seeded)
    database.drop_connections()
    received = await other.ask(chat_id=seeded.chat_id, question=QUESTION)
    assert received.completion["status"] == "complete"
    await asker.send(type="stop", id=first["id"])
    assert (await asker.rest()).completion["status"] == "stopped"


async def ask_until_accepted(client: FrameClient, **question: object) -> Received:
    """Repeats the question until it is accepted."""
    while True:
        await client.send(**question)
        first = await client.frame()
        if first["code"] == 0:
            rest = await client.rest()
            return Received([first, *rest.frames])


async def test_a_database_that_is_unreachable_for_a_while(
    asker: FrameClient,
    other: FrameClient,
    second_url: str,
    seeded: SeededData,
    database: PostgresDatabase,
) -> None:
    first = await begin(asker, seeded, "bench n=80 rate=40")
    database.refuse_connections()
    refused_since = time.monotonic()
    text = first["answer"] + await read_for(asker, 1)
    refused = await other.refused(chat_id=seeded.load_chat_id, question="bench n=1")
    assert refused["code"] == 503
    assert refused["data"]["retry_after"]
    async with open_client(second_url, new_token_text()) as stranger:
        assert (await stranger.frame())["code"] == 503
        code, reason = await stranger.closed()
        assert (code, reason) == (1011, "The database cannot be reached: try again soon")
    database.accept_connections()
    async with asyncio.timeout(5):
        assert (
            tokens(
                await ask_until_accepted(other, chat_id=seeded.load_chat_id, question="bench n=1")
            )
            == 1
        )
    rest = await asker.rest()
    assert rest.completion["status"] == "complete", time.monotonic() - refused_since
    resumed = await other.ask(type="resume", id=first["id"])
    assert resumed.text == text + rest.text


async def test_a_process_is_killed_while_another_serves_a_reader(
    asker: FrameClient, other: FrameClient, pair: list[Server], seeded: SeededData
) -> None:
    victim = pair[0]
    first = await begin(asker, seeded)
    await other.send(type="resume", id=first["id"])
    shown = first["answer"] + await read_for(asker, 1.2)
    victim.kill()
    shown += await read_until_cut(asker)
    followed = await other.rest()
    assert [error["code"] for error in followed.errors] == [503]
    assert followed.completion["status"] == "interrupted"
    resumed = await other.ask(type="resume", id=first["id"])
    assert resumed.text.startswith(shown)
    assert resumed.text.startswith(followed.text)
    victim.start()
    async with open_client(victim.ws + CHAT, seeded.token) as back:
        assert (await back.ask(type="resume", id=first["id"])).text == resumed.text


async def test_while_nothing_can_be_written_the_log_has_a_line_and_health_is_not_ok(
    pair: list[Server], first_url: str, seeded: SeededData, database: PostgresDatabase
) -> None:
    server, question = pair[0], {"chat_id": seeded.load_chat_id, "question": "bench n=1"}
    async with open_client(first_url, seeded.token) as client:
        await client.ask(**question)
        before = len(server.log())
        database.refuse_writes()
        try:
            while await health(server) == "ok":
                pass
            refusals = [await client.refused(**question) for _ in range(40)]
        finally:
            database.accept_writes()
        while await health(server) != "ok":
            pass
        assert (await client.ask(**question)).completion["status"] == "complete"
    log = server.log()[before:]
    assert {frame["code"] for frame in refusals} == {503}
    incidents = {frame["message"].rpartition(" ")[2] for frame in refusals}
    assert all(incident in log for incident in incidents)
    assert log.count("read-only transaction") < 5
    assert "Traceback" not in log


async def health(server: Server) -> str:
    async with open_client(f"{server.ws}/v1/ws/health") as client:
        await client.send_raw("ping")
        return str((await client.frame())["message"])
