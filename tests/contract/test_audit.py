"""The audit log of a real server: it never delays a socket, and is complete after a shutdown."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running


def rows(server: Server) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as database:
        query = "SELECT action, username, times FROM accounts_auditevent WHERE what = ? ORDER BY id"
        return database.execute(query, [CHAT]).fetchall()


def lines(server: Server) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [event for event in events if event.get("what") == CHAT]


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_lost_when_the_server_stops(
    data: Path, seeded: SeededData, kind: str
) -> None:
    with running(data, kind) as server:
        for token in (seeded.token, seeded.token, seeded.bobs_token, seeded.revoked_token):
            async with open_client(server.ws + CHAT, token) as client:
                with suppress(ConnectionClosedError):
                    await client.send(type="ping")
                    await client.frame()
        assert server.stop() == 0
        counts = {(action, name): 0 for action, name, _ in rows(server)}
        for action, name, times in rows(server):
            counts[action, name] += times
        assert counts == {("connect", "alice"): 2, ("connect", "bob"): 1, ("refused", ""): 1}
        assert sum(line.get("times", 1) for line in lines(server)) == 4
        assert {line["address"] for line in lines(server)} == {"127.0.0.1"}


async def test_a_locked_database_delays_no_connection(data: Path, seeded: SeededData) -> None:
    with running(data) as server:
        with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as writer:
            writer.execute("BEGIN IMMEDIATE")
            for token in [seeded.jwt] * 5:
                async with open_client(server.ws + CHAT, token) as client:
                    await client.send(type="ping")
                    assert (await client.frame())["message"] == "pong"
            assert rows(server) == []
        assert server.stop() == 0
        assert sum(times for *_, times in rows(server)) == 5
