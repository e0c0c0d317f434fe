"""Coming in: the address, every kind of credential, and how one is sent away."""

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
async def test_the_header_lets_in(server: Server, seeded: SeededData, scheme: str) -> None:
    header = scheme.format(token=seeded.token, jwt=seeded.jwt)
    async with open_client(server.ws + CHAT, headers={"Authorization": header}) as talk:
        assert (await talk.ask(chat_id=seeded.chat_id, question=QUESTION)).text


@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_the_query_lets_in(server: Server, seeded: SeededData, credential: str) -> None:
    async with open_client(server.ws + CHAT, getattr(seeded, credential)) as talk:
        assert (await talk.ask(chat_id=seeded.chat_id, question=QUESTION)).text


async def test_any_origin_may_come_with_a_token(server: Server, seeded: SeededData) -> None:
    headers = {"Origin": "https://elsewhere.example.org"}
    async with open_client(server.ws + CHAT, seeded.token, headers) as talk:
        assert (await talk.ask(chat_id=seeded.chat_id, question=QUESTION)).text


@pytest.mark.parametrize(
    "kind", ["none", "unknown", "mistyped", "expired", "revoked", "inactive", "jwt"]
)
async def test_others_hear_why_before_they_are_closed(
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
    async with open_client(server.ws + CHAT, token) as talk:
        frame = await talk.frame()
        code, reason = await talk.closed()
    assert frame["code"] == 401
    assert code == 1008
    assert reason
    assert frame["message"].startswith(reason.rstrip("…"))


async def test_a_bad_header_does_not_come_in_with_a_good_query(
    server: Server, seeded: SeededData
) -> None:
    headers = {"Authorization": f"Bearer {seeded.bobs_token}"}
    async with open_client(server.ws + CHAT, seeded.token, headers) as talk:
        assert (await talk.frame())["code"] == 401
        assert (await talk.closed())[0] == 1008


async def test_the_cookie_of_another_page_does_not_let_in(server: Server) -> None:
    headers = {"Cookie": "sessionid=0123456789", "Origin": "https://elsewhere.example.org"}
    async with open_client(server.ws + CHAT, headers=headers) as talk:
        assert (await talk.frame())["code"] == 401
        assert (await talk.closed())[0] == 1008


async def test_an_unknown_address_says_so(server: Server, seeded: SeededData) -> None:
    async with open_client(server.ws + "/v1/ws/nothing", seeded.token) as talk:
        assert (await talk.frame())["code"] == 404
        assert (await talk.closed())[0] == 1008


async def test_no_log_has_a_token(server: Server, seeded: SeededData) -> None:
    async with open_client(server.ws + CHAT, seeded.token) as talk:
        await talk.send(type="ping")
        await talk.frame()
    assert seeded.token[12:-6] not in server.log()
    assert seeded.jwt[-40:] not in server.log()


def ticket(server: Server, seeded: SeededData, **body: object) -> str:
    response = httpx.post(
        f"{server.http}/api/v1/auth/ticket",
        json=body,
        headers={"Authorization": f"Bearer {seeded.token}"},
    )
    return str(response.json()["data"]["ticket"])


async def test_a_ticket_lets_in(server: Server, seeded: SeededData) -> None:
    url = f"{server.ws}{CHAT}?ticket={ticket(server, seeded, end_user='visitor')}"
    async with open_client(url) as talk:
        assert (await talk.ask(chat_id=seeded.chat_id, question=QUESTION)).text


async def test_of_twenty_with_one_ticket_one_comes_in(server: Server, seeded: SeededData) -> None:
    url = f"{server.ws}{CHAT}?ticket={ticket(server, seeded)}"

    async def come() -> str:
        async with open_client(url) as talk:
            # Who is refused may be closed already, and has its reason waiting.
            with suppress(ConnectionClosed):
                await talk.send(type="ping")
            frame = await talk.frame()
            if frame["code"]:
                assert (await talk.closed())[0] == 1008
            return str(frame["message"])

    said = await asyncio.gather(*(come() for _ in range(20)))
    assert said.count("pong") == 1
    assert said.count("This ticket was used before; get a new one") == 19
    assert url.partition("=")[2] not in server.log()


def protocols(credential: str) -> list[Subprotocol]:
    encoded = urlsafe_b64encode(credential.encode()).decode().rstrip("=")
    return [Subprotocol("ragws.v1"), Subprotocol(f"base64url.bearer.ragws.{encoded}")]


@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_a_sub_protocol_lets_in(server: Server, seeded: SeededData, credential: str) -> None:
    offered = protocols(getattr(seeded, credential))
    async with connect(server.ws + CHAT, subprotocols=offered) as socket:
        assert socket.subprotocol == "ragws.v1"
        assert (await FrameClient(socket).ask(chat_id=seeded.chat_id, question=QUESTION)).text
    assert offered[1] not in server.log()


async def test_our_protocol_is_echoed_also_alone_and_when_refused(
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
