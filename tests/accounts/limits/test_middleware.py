"""Limits of sockets: a refusal comes before any lookup, and says why and when to try again."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.limits.parties import token_party
from accounts.limits.usage import usage_of
from accounts.tickets.tickets import issue_ticket
from ragws.asgi import application
from tests.support.clock import Clock, use_clock_for_limits
from tests.support.communicator import Socket, connected
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    use_clock_for_limits(clock, monkeypatch)
    return clock


async def handshake(token: str, address: str = HERE, **headers: str) -> tuple[int, Any]:
    """The code and `retry_after` of the first frame; an accepted socket answers a ping."""
    given = {"authorization": f"Bearer {token}", **headers}
    communicator = WebsocketCommunicator(
        application,
        "/v1/ws/chat",
        [(name.encode(), value.encode()) for name, value in given.items()],
    )
    communicator.scope["client"] = (address, 4711)
    await communicator.connect()
    socket = Socket(communicator, "")
    await socket.send(type="ping")
    frame = await socket.frame()
    if frame["code"]:
        closed = await socket.event()
        assert closed == {"type": "websocket.close", "code": 1008, "reason": frame["message"]}
    await socket.drop()
    return frame["code"], frame["data"].get("retry_after")


async def test_handshakes_of_an_address_are_limited(
    settings: Any, clock: Clock, world: World
) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = 2
    for code in (0, 0, 429):
        assert (await handshake(world.alice.token))[0] == code
    assert await handshake(world.bob.token) == (429, 60)
    assert (await handshake(world.alice.token, ELSEWHERE))[0] == 0
    clock.advance(60)
    assert (await handshake(world.alice.token))[0] == 0


async def test_handshakes_of_a_token_are_limited(settings: Any, clock: Clock, world: World) -> None:
    settings.TOKEN_HANDSHAKES_PER_MINUTE = 1
    assert (await handshake(world.alice.token))[0] == 0
    assert await handshake(world.alice.token, ELSEWHERE) == (429, 60)
    assert (await handshake(world.bob.token))[0] == 0
    clock.advance(60)
    assert (await handshake(world.alice.token))[0] == 0


async def test_after_too_many_failures_the_credential_is_not_looked_up(
    settings: Any, clock: Clock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 3
    for _ in range(3):
        assert (await handshake("ragflow-nonsense"))[0] == 401
    with monkeypatch.context() as patch:
        patch.delattr("accounts.middleware.authenticate")
        assert await handshake(world.alice.token) == (429, 60)
    assert (await handshake(world.alice.token, ELSEWHERE))[0] == 0
    clock.advance(60)
    assert (await handshake(world.alice.token))[0] == 0
    assert (await handshake("ragflow-nonsense"))[0] == 401


async def test_an_accepted_handshake_is_not_a_failure(settings: Any, world: World) -> None:
    settings.ADDRESS_FAILURES_PER_MINUTE = 1
    for _ in range(3):
        assert (await handshake(world.alice.token))[0] == 0


async def test_open_sockets_of_a_token_are_limited(settings: Any, world: World) -> None:
    settings.TOKEN_SOCKETS = 2
    async with connected(world.alice) as first:
        async with connected(world.alice):
            assert await handshake(world.alice.token) == (429, 5)
            assert (await handshake(world.bob.token))[0] == 0
            await first.send(type="ping")
            assert (await first.frame())["message"] == "pong"
        assert (await handshake(world.alice.token))[0] == 0
    readings = usage_of(token_party(world.alice.token_row))
    assert [reading.held for reading in readings] == [0] * len(readings)


async def test_open_sockets_of_an_end_user_are_limited(settings: Any, world: World) -> None:
    settings.END_USER_SOCKETS = 1

    @sync_to_async
    def ticket(name: str) -> str:
        return issue_ticket(authenticate(Credentials((world.alice.token,))), end_user=name)

    path = "/v1/ws/chat?ticket="
    async with (
        connected(world.alice, path=path + await ticket("visitor 7")),
        connected(world.alice, path=path + await ticket("visitor 7")) as second,
        connected(world.alice, path=path + await ticket("visitor 8")) as other,
    ):
        frame = await second.frame()
        assert frame["message"] == "At most 1 open connections for this end user"
        await other.send(type="ping")
        assert (await other.frame())["message"] == "pong"


async def test_behind_a_trusted_proxy_the_forwarded_address_counts(
    settings: Any, world: World
) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = 1
    token = world.alice.token
    assert (await handshake(token, **{"x-forwarded-for": ELSEWHERE}))[0] == 0
    assert (await handshake(token, **{"x-forwarded-for": "192.0.2.3"}))[0] == 429
    settings.TRUSTED_PROXIES = 1
    for number, code in ((4, 0), (4, 429), (5, 0)):
        forwarded = f"198.51.100.1, 192.0.2.{number}"
        assert (await handshake(token, **{"x-forwarded-for": forwarded}))[0] == code


async def test_addresses_of_one_ipv6_network_count_as_one(settings: Any, world: World) -> None:
    settings.ADDRESS_HANDSHAKES_PER_MINUTE = 1
    assert (await handshake(world.alice.token, "2001:db8::1"))[0] == 0
    assert (await handshake(world.alice.token, "2001:db8::2"))[0] == 429
    assert (await handshake(world.alice.token, "2001:db8:0:1::1"))[0] == 0
