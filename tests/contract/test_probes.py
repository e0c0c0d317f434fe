"""`/healthz` and `/readyz` for load balancers, and plain HTTP at a socket's address."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server, running

READY = {"status": "ok", "database": "ok", "migrations": "ok", "process": "ok"}


@pytest.fixture(params=KINDS)
def own_server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    with running(data, request.param, ADDRESS_HANDSHAKES_PER_MINUTE=1) as server:
        yield server


def ask(
    server: Server, path: str, method: str = "GET", host: str = "10.1.2.3:8000"
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, headers={"Host": host})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_probes_of_any_host_are_answered_without_a_trace(own_server: Server) -> None:
    """Also more often than requests are allowed."""
    before = own_server.log()
    for _ in range(5):
        response, body = ask(own_server, "/healthz")
        assert (response.status, json.loads(body)) == (200, {"status": "ok"})
        response, body = ask(own_server, "/readyz")
        assert (response.status, json.loads(body)) == (200, READY)
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers
        assert "Server" not in response.headers
    assert own_server.log() == before


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_may_be_head_requests(server: Server, path: str) -> None:
    response, body = ask(server, path, "HEAD")
    assert (response.status, body) == (200, b"")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_change_nothing(server: Server, path: str) -> None:
    response, _ = ask(server, path, "POST")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", [CHAT, "/v1/ws/health", f"{CHAT}/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_plain_http_is_told_to_upgrade(server: Server, path: str, method: str) -> None:
    response, body = ask(server, path, method, host="localhost")
    assert (response.status, response.headers["Upgrade"]) == (426, "websocket")
    if method != "HEAD":
        assert "WebSocket" in json.loads(body)["message"]


async def test_a_server_that_stops_says_so_before_it_stops_listening(
    data: Path, seeded: SeededData
) -> None:
    for kind in KINDS:
        with running(data, kind, DRAIN_DELAY_S=600) as server:
            assert ask(server, "/readyz")[0].status == 200
            assert server.process
            server.process.send_signal(signal.SIGTERM)
            for _ in server.polls():
                response, body = ask(server, "/readyz")
                if response.status == 503:
                    break
            assert json.loads(body) == {**READY, "status": "not ready", "process": "stopping"}
            assert ask(server, "/healthz")[0].status == 200
            async with open_client(server.ws + CHAT, seeded.token) as client:
                received = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
            assert "Megalo Chorio" in received.text
            # A second signal does not wait.
            server.process.send_signal(signal.SIGINT)
            assert server.wait() == 0


def test_without_a_database_it_is_not_ready(own_server: Server) -> None:
    for file in own_server.data.glob("ragws.sqlite3*"):
        file.unlink()
    ask(own_server, "/readyz")
    for _ in own_server.polls():
        response, body = ask(own_server, "/readyz")
        if response.status == 503:
            break
    assert json.loads(body)["status"] == "not ready"
    assert ask(own_server, "/healthz")[0].status == 200
