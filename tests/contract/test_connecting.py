"""Connecting: the address, every kind of credential, and how a connection is refused."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from contextlib import suppress

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from accounts.secret_format import new_token_text
from tests.contract.conftest import CHAT
from tests.support.frame_client import FrameClient, open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server


@pytest.mark.parametrize("scheme", ["Bearer {token}", "bearer {token}", "{jwt}", "Bearer {jwt}"])
async def test_a_credential_in_the_header_is_accepted(
    server: Server, seeded: SeededData, scheme: str
) -> None:
    header = scheme.format(token=seeded.token, jwt=seeded.jwt)
    async with open_client(server.ws + CHAT, headers={"Authorization": header}) as client:
        assert (await client.ask(chat_id=seeded.chat_id, question=QUESTION)).text


@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_a_credential_in_the_query_is_accepted(
    server: Server, seeded: SeededData, credential: str
) -> None:
    async with open_client(server.ws + CHAT, getattr(seeded, credential)) as client:
        assert (await client.ask(chat_id=seeded.chat_id, question=QUESTION)).text


async def test_a_token_is_accepted_from_any_origin(server: Server, seeded: SeededData) -> None:
    headers = {"Origin": "https://elsewhere.example.org"}
    async with open_client(server.ws + CHAT, seeded.token, headers) as client:
        assert (await client.ask(chat_id=seeded.chat_id, question=QUESTION)).text


@pytest.mark.parametrize(
    "kind", ["none", "unknown", "mistyped", "expired", "revoked", "inactive", "jwt"]
)
async def test_a_bad_credential_gets_a_reason_before_the_close(
    server: Server, seeded: SeededData, kind: str
) -> None:
    token = {
        "none": "",
        "unknown": new_token_text(),
        "mistyped": seeded.token[:-1],
        "expired": seeded.expired_token,
        "revoked": seeded.revoked_token,
        "inactive": seeded.inactive_token,
        "jwt": seeded.jwt[:-2] + "xx",
    }[kind]
    async with open_client(server.ws + CHAT, token) as client:
        frame = await client.frame()
        code, reason = await client.closed()
    assert frame["code"] == 401
    assert code == 1008
    assert reason
    assert frame["message"].startswith(reason.rstrip("…"))


async def test_a_header_and_a_query_of_two_users_are_refused(
    server: Server, seeded: SeededData
) -> None:
    headers = {"Authorization": f"Bearer {seeded.bobs_token}"}
    async with open_client(server.ws + CHAT, seeded.token, headers) as client:
        assert (await client.frame())["code"] == 401
        assert (await client.closed())[0] == 1008


async def test_a_cookie_sent_by_another_origin_is_refused(server: Server) -> None:
    headers = {"Cookie": "sessionid=0123456789", "Origin": "https://elsewhere.example.org"}
    async with open_client(server.ws + CHAT, headers=headers) as client:
        assert (await client.frame())["code"] == 401
        assert (await client.closed())[0] == 1008


async def test_an_unknown_address_gets_a_404_frame(server: Server, seeded: SeededData) -> None:
    async with open_client(server.ws + "/v1/ws/nothing", seeded.token) as client:
        assert (await client.frame())["code"] == 404
        assert (await client.closed())[0] == 1008


async def test_no_log_has_a_token(server: Server, seeded: SeededData) -> None:
    async with open_client(server.ws + CHAT, seeded.token) as client:
        await client.send(type="ping")
        await client.frame()
    assert seeded.token[12:-6] not in server.log()
    assert seeded.jwt[-40:] not in server.log()


def ticket(server: Server, seeded: SeededData, **body: object) -> str:
    response = httpx.post(
        f"{server.http}/api/v1/auth/ticket",
        json=body,
        headers={"Authorization": f"Bearer {seeded.token}"},
    )
    return str(response.json()["data"]["ticket"])


async def test_a_ticket_is_accepted(server: Server, seeded: SeededData) -> None:
    url = f"{server.ws}{CHAT}?ticket={ticket(server, seeded, end_user='visitor')}"
    async with open_client(url) as client:
        assert (await client.ask(chat_id=seeded.chat_id, question=QUESTION)).text


async def test_of_twenty_connections_with_one_ticket_one_is_accepted(
    server: Server, seeded: SeededData
) -> None:
    url = f"{server.ws}{CHAT}?ticket={ticket(server, seeded)}"

    async def connect_once() -> str:
        async with open_client(url) as client:
            # A refused connection may be closed already; its error frame can still be read.
            with suppress(ConnectionClosed):
                await client.send(type="ping")
            frame = await client.frame()
            if frame["code"]:
                assert (await client.closed())[0] == 1008
            return str(frame["message"])

    replies = await asyncio.gather(*(connect_once() for _ in range(20)))
    assert replies.count("pong") == 1
    assert replies.count("This ticket was used before; get a new one") == 19
    assert url.partition("=")[2] not in server.log()


def protocols(credential: str) -> list[Subprotocol]:
    encoded = urlsafe_b64encode(credential.encode()).decode().rstrip("=")
    return [Subprotocol("ragws.v1"), Subprotocol(f"base64url.bearer.ragws.{encoded}")]


@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_a_credential_in_the_subprotocol_is_accepted(
    server: Server, seeded: SeededData, credential: str
) -> None:
    offered = protocols(getattr(seeded, credential))
    async with connect(server.ws + CHAT, subprotocols=offered) as socket:
        assert socket.subprotocol == "ragws.v1"
        assert (await FrameClient(socket).ask(chat_id=seeded.chat_id, question=QUESTION)).text
    assert offered[1] not in server.log()


async def test_our_subprotocol_is_echoed_also_alone_and_when_refused(
    server: Server, seeded: SeededData
) -> None:
    ours = [Subprotocol("ragws.v1")]
    async with connect(f"{server.ws}{CHAT}?token={seeded.token}", subprotocols=ours) as socket:
        assert socket.subprotocol == "ragws.v1"
        assert (await FrameClient(socket).ask(chat_id=seeded.chat_id, question=QUESTION)).text
    async with connect(server.ws + CHAT, subprotocols=protocols("ragflow-no")) as socket:
        assert socket.subprotocol == "ragws.v1"
        assert (await FrameClient(socket).frame())["code"] == 401
        assert (await FrameClient(socket).closed())[0] == 1008


async def test_credentials_that_disagree_are_refused(server: Server, seeded: SeededData) -> None:
    url = f"{server.ws}{CHAT}?token={seeded.bobs_token}"
    async with connect(url, subprotocols=protocols(seeded.token)) as socket:
        assert "different users" in (await FrameClient(socket).frame())["message"]
        assert (await FrameClient(socket).closed())[0] == 1008
