"""Open sockets are closed when their credential ends, and no others are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.api_tokens.tokens import rotate_token
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.logins.refresh_tokens import begin_login, end_login_by_refresh_token
from accounts.models import APIToken, User
from accounts.tickets.tickets import issue_ticket
from core.broadcast import IDENTITIES
from tests.support.communicator import Socket, connected
from tests.support.credential_changes import (
    TOKEN_CHANGES,
    USER_CHANGES,
    is_joined,
    revoke,
    set_password,
)
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)

Change = Callable[[World], None]
SOON_S = 10


async def reason_of(socket: Socket) -> str:
    """The reason that the socket was closed with."""
    async with asyncio.timeout(SOON_S):
        closed = await socket.event()
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    return str(closed["reason"])


async def is_open(socket: Socket) -> bool:
    await socket.send(type="ping")
    return bool((await socket.frame())["message"] == "pong")


@pytest.mark.parametrize("change", [*TOKEN_CHANGES, *USER_CHANGES])
async def test_the_sockets_of_a_token_are_closed(world: World, change: Change) -> None:
    async with connected(world.alice) as alice, connected(world.bob) as bob:
        await is_joined(IDENTITIES)
        await database_sync_to_async(change)(world)
        assert await reason_of(alice) in (
            "This API token was revoked",
            "This account is not active",
        )
        assert await is_open(bob)


async def test_a_new_password_closes_the_sockets_of_the_old_one(world: World) -> None:
    jwt = await database_sync_to_async(world.alice.jwt)()
    async with (
        connected(world.alice, authorization=jwt) as logged_in,
        connected(world.alice) as by_token,
    ):
        await is_joined(IDENTITIES)
        await database_sync_to_async(set_password)(world)
        assert await reason_of(logged_in) == "This login has ended; log in again"
        assert await is_open(by_token)


async def test_ending_a_login_closes_the_sockets_of_that_login(world: World) -> None:
    one = await database_sync_to_async(begin_login)(world.alice.user)
    other = await database_sync_to_async(begin_login)(world.alice.user)
    async with (
        connected(world.alice, authorization=one.access.text) as here,
        connected(world.alice, authorization=other.access.text) as there,
    ):
        await is_joined(IDENTITIES)
        await database_sync_to_async(end_login_by_refresh_token)(one.refresh_token)
        assert await reason_of(here) == "This login has ended; log in again"
        assert await is_open(there)


async def test_the_socket_of_a_ticket_ends_with_the_credential_behind_it(world: World) -> None:
    of_token, of_login = await database_sync_to_async(tickets_of)(world)
    async with (
        connected(world.alice, path=f"/v1/ws/chat?ticket={of_token}") as by_token,
        connected(world.alice, path=f"/v1/ws/chat?ticket={of_login}") as by_login,
    ):
        await is_joined(IDENTITIES)
        await database_sync_to_async(revoke)(world)
        assert await reason_of(by_token) == "This API token was revoked"
        assert await is_open(by_login)
        await database_sync_to_async(set_password)(world)
        assert await reason_of(by_login) == "This login has ended; log in again"


def tickets_of(world: World) -> list[str]:
    secrets = (world.alice.token, world.alice.jwt())
    return [issue_ticket(authenticate(Credentials((secret,)))) for secret in secrets]


async def test_sockets_of_a_rotated_token_close_after_the_overlap(world: World) -> None:
    overlap = timedelta(seconds=1)
    async with connected(world.alice) as alice:
        await is_joined(IDENTITIES)
        rotated = time.monotonic()
        await database_sync_to_async(rotate_token)(world.alice.token_row, overlap)
        assert await is_open(alice)
        assert await reason_of(alice) == "The credential has expired"
        assert time.monotonic() > rotated + 0.9


@pytest.mark.parametrize("logout_path", ["/logout", "/admin/logout/"])
async def test_logging_out_closes_the_sockets_of_that_browser(
    world: World, logout_path: str
) -> None:
    one = await database_sync_to_async(browser_of)(world.alice.user)
    other = await database_sync_to_async(browser_of)(world.alice.user)
    async with (
        connected(world.alice, **headers_of(one)) as here,
        connected(world.alice, **headers_of(other)) as there,
        connected(world.alice) as by_token,
    ):
        await is_joined(IDENTITIES)
        await database_sync_to_async(one.post)(logout_path)
        assert await reason_of(here) == "This login has ended; log in again"
        assert await is_open(there)
        assert await is_open(by_token)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def headers_of(browser: Client) -> dict[str, str]:
    name = settings.SESSION_COOKIE_NAME
    cookie = f"{name}={browser.cookies[name].value}"
    return {"cookie": cookie, "origin": "http://testserver", "host": "testserver"}


async def test_a_new_expiry_date_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.revocation.socket_monitor.CHECK_EVERY_S", 0.05)
    tokens = APIToken.objects.filter(pk=world.alice.token_row.pk)
    async with connected(world.alice) as alice, connected(world.bob) as bob:
        soon = timezone.now() + timedelta(seconds=0.3)
        await database_sync_to_async(partial(tokens.update, expires_at=soon))()
        assert await reason_of(alice) == "The credential has expired"
        assert timezone.now() >= soon
        assert await is_open(bob)


async def test_without_a_broadcast_a_revocation_is_noticed_by_the_periodic_check(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.revocation.socket_monitor.CHECK_EVERY_S", 0.05)
    monkeypatch.setattr("accounts.revocation.broadcast.publish", no_layer)
    async with connected(world.alice) as alice, connected(world.bob) as bob:
        await database_sync_to_async(revoke)(world)
        assert await reason_of(alice) == "This API token was revoked"
        assert await is_open(bob)


async def no_layer(*_: object, **__: object) -> bool:
    return False


async def test_the_periodic_check_may_fail_for_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def fail(*_: object) -> None:
        nonlocal calls
        calls += 1
        raise OSError("the database is away")

    monkeypatch.setattr("accounts.revocation.socket_monitor.CHECK_EVERY_S", 0.02)
    async with connected(world.alice) as alice:
        with monkeypatch.context() as trouble:
            trouble.setattr("accounts.revocation.socket_monitor.find_credential_ends", fail)
            while calls < 2:
                assert await is_open(alice)
        await database_sync_to_async(revoke)(world)
        assert await reason_of(alice) == "This API token was revoked"


async def test_a_token_that_is_revoked_while_it_is_looked_up_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def slow(*args: object) -> object:
        identity = authenticate(*args)  # type: ignore[arg-type] # as it was called
        if not seen:
            seen.append(identity)
            revoke(world)
        return identity

    monkeypatch.setattr("accounts.middleware.authenticate", slow)
    async with connected(world.alice) as alice:
        assert (await alice.frame())["message"] == "This API token was revoked"
