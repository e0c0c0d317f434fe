"""OWASP's WebSocket Security Cheat Sheet, line by line, as far as no other test covers it.

`docs/security-standards.md` has all of its lines, and `test_table.py` checks that it
names all of these.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.test import Client
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from chat.models import ChatSession, Dialog
from chat.websocket.consumer import MAX_SHORT_REQUESTS
from ragws.servers.connection_limits import MIB, max_message_bytes
from ragws.servers.uvicorn import server as uvicorn
from tests.console.test_playground import SCRIPTS
from tests.security.test_origins import with_cookie, with_token
from tests.support.communicator import connected
from tests.support.entry_points import ClientRequest, socket_accepts
from tests.support.world import PASSWORD, World

INJECTIONS = (
    "' OR 1=1 --",
    '"; DROP TABLE chat_dialog; --',
    "$(touch /tmp/x)",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00",
    "\u202egnp.exe",
)


@pytest.mark.django_db(transaction=True)
async def test_always_use_wss(world: World, settings: Any) -> None:
    """Behind a proxy that terminates TLS and names the original scheme."""
    request = await sync_to_async(with_token)(world.alice)
    assert await socket_accepts(request)
    settings.HTTPS = True
    for said in (None, "http", "http, https", "HTTPS", ""):
        headers = {} if said is None else {"x-forwarded-proto": said}
        assert not await socket_accepts(ClientRequest({**request.headers, **headers})), said
    for said in ("https", "https, http"):
        assert await socket_accepts(
            ClientRequest({**request.headers, "x-forwarded-proto": said})
        ), said


def test_our_own_page_uses_wss_wherever_it_came_by_https() -> None:
    scripts = "".join(path.read_text() for path in SCRIPTS.rglob("*.js"))
    assert "ws://" not in scripts
    assert 'location.origin.replace(/^http/, "ws")' in scripts


@pytest.mark.parametrize("version", ["0", "7", "8", "14", "thirteen", None])
def test_only_rfc_6455(version: str | None) -> None:
    """As the `websockets` protocol class, which our server uses, reads a handshake."""
    assert not accepts(version)
    assert accepts("13")


def accepts(version: str | None) -> bool:
    headers = {
        "Host": "testserver",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        **({} if version is None else {"Sec-WebSocket-Version": version}),
    }
    request = Request("/v1/ws/chat", Headers(headers))
    return ServerProtocol().accept(request).status_code == 101


def test_no_compression() -> None:
    config = uvicorn.config(None)
    assert config.ws_per_message_deflate is False


def test_heartbeat() -> None:
    """A client that no longer answers pings is disconnected."""
    config = uvicorn.config(None)
    assert config.ws_ping_interval
    assert config.ws_ping_interval < 60
    assert config.ws_ping_timeout
    assert config.ws_ping_timeout < 120


def test_message_size_limit() -> None:
    """Our limit is answered with an error frame; the server reads at most a mebibyte."""
    assert django_settings.MAX_FRAME_BYTES == 64 * 1024
    assert max_message_bytes() == MIB


@pytest.mark.django_db
def test_samesite_cookies(world: World) -> None:
    browser = Client()
    browser.post("/login", {"username": "alice", "password": PASSWORD})
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    assert cookie["samesite"] in ("Lax", "Strict")
    assert cookie["httponly"]
    assert browser.get("/login").status_code == 200
    assert browser.cookies[django_settings.CSRF_COOKIE_NAME]["samesite"] in ("Lax", "Strict")


@pytest.mark.django_db(transaction=True)
async def test_a_connection_has_a_maximum_age(world: World, settings: Any) -> None:
    """A client has to reconnect with a credential that is still valid."""
    settings.MAX_SOCKET_LIFE_S = 0.1
    async with connected(world.alice) as socket:
        closed = await socket.event()
    assert (closed["type"], closed["code"]) == ("websocket.close", 1012)


@pytest.mark.django_db(transaction=True)
async def test_authentication_bypass(world: World) -> None:
    """No frame of a refused client is processed, however early it comes."""
    cookie = await sync_to_async(with_cookie)(world.alice)
    for request in (
        ClientRequest(),
        ClientRequest({"authorization": "Bearer ragflow-x"}),
        ClientRequest(query="token=x"),
    ):
        assert not await socket_accepts(request)
    assert not await socket_accepts(cookie)
    assert not await sync_to_async(ChatSession.objects.exists)()


@pytest.mark.django_db(transaction=True)
async def test_message_injection(world: World) -> None:
    """The text of a field stays text, in the database and in the answer."""
    async with connected(world.alice, world.dialog.pk.hex) as socket:
        for text in INJECTIONS:
            for field in ("chat_id", "session_id", "kb_ids", "doc_ids", "files"):
                id = [text] if field in ("kb_ids", "files") else text
                await socket.ask("Who?", **{field: id})
                assert (await socket.frame())["code"] == 404, (field, text)
            await socket.ask(text)
            assert (await socket.until_the_end())[-1]["status"] == "complete"
    assert await sync_to_async(names_of_sessions)() == set(INJECTIONS)
    assert await sync_to_async(Dialog.objects.count)() == 1


def names_of_sessions() -> set[str]:
    return set(ChatSession.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
async def test_message_flooding(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of frames of a client that wait for the database is limited."""
    gate = asyncio.Event()

    async def slow(*_: object) -> None:
        await gate.wait()

    monkeypatch.setattr("chat.answers.service.stop", slow)
    async with connected(world.alice) as socket:
        for _ in range(MAX_SHORT_REQUESTS + 3):
            await socket.send(type="stop", id="x")
        await socket.send(type="ping")
        replies = [await socket.frame() for _ in range(4)]
    assert [frame["code"] for frame in replies] == [429, 429, 429, 0]
    assert replies[0]["data"]["retry_after"]
    assert replies[0]["data"]["id"] == "x"


@pytest.mark.django_db(transaction=True)
async def test_json_is_parsed_not_run(world: World) -> None:
    """Invalid JSON gets an error and leaves the connection open."""
    async with connected(world.alice) as socket:
        for text in ("__import__('os')", "{type: 'ping'}", "[]", '{"type": "__class__"}', "NaN"):
            await socket.send_text(text)
            assert (await socket.frame())["code"] == 400
        await socket.send_text(json.dumps({"type": "ping", "__proto__": {"scopes": ["manage"]}}))
        assert (await socket.frame())["message"] == "pong"
