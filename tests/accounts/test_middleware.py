import asyncio
from http.cookies import SimpleCookie
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.test import Client

from accounts.errors import AccountError
from accounts.identity import Identity
from accounts.middleware import IdentityMiddleware
from accounts.models import APIToken
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

HOST = (b"host", b"testserver")


class Doors:
    """Where the middleware sends people."""

    def __init__(self) -> None:
        self.identity: Identity | None = None
        self.refusal: AccountError | None = None

    async def knock(self, *headers: tuple[bytes, bytes], query: bytes = b"") -> None:
        scope = {"type": "websocket", "headers": [HOST, *headers], "query_string": query}
        await IdentityMiddleware(self.inner, self.refuse)(scope, asyncio.Queue().get, self.send)

    async def inner(self, scope: Any, *_: Any) -> None:
        self.identity = scope["identity"]

    async def refuse(self, scope: Any, *_: Any) -> None:
        self.refusal = scope["refusal"]

    async def send(self, *_: Any) -> None:
        raise AssertionError("the middleware itself says nothing")


def cookie_of(world: World) -> tuple[bytes, bytes]:
    browser = Client()
    browser.force_login(world.alice.user)
    jar: SimpleCookie = browser.cookies
    value = jar[settings.SESSION_COOKIE_NAME].value
    return b"cookie", f"theme=dark; {settings.SESSION_COOKIE_NAME}={value}".encode()


async def test_it_works(world: World) -> None:
    token = world.alice.token.encode()
    jwt = world.alice.jwt().encode()
    for headers, query in (
        ([(b"authorization", b"Bearer " + token)], b""),
        ([(b"authorization", jwt)], b""),
        ([(b"authorization", b"Bearer " + jwt)], b""),
        ([], b"token=" + token),
        ([], b"token=" + jwt),
        ([(b"origin", b"https://elsewhere.example")], b"token=" + token),
        ([(b"origin", b"null")], b"token=" + token),
    ):
        doors = Doors()
        await doors.knock(*headers, query=query)
        assert doors.identity is not None
        assert doors.identity.user == world.alice.user


async def test_it_checks_access(world: World) -> None:
    token = world.charlie.token.encode()
    for headers, query in (
        ([], b""),
        ([(b"authorization", b"Bearer " + token)], b""),
        ([(b"authorization", b"Bearer \xff\xfe")], b""),
        ([], b"token=\xff\xfe"),
        ([], b"token=" + b"x" * 60_000),
        ([(b"cookie", b"sessionid=\xff; ;;==")], b""),
    ):
        doors = Doors()
        await doors.knock(*headers, query=query)
        assert doors.identity is None
        assert doors.refusal is not None
        assert doors.refusal.code == 401


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (b"http://testserver", True),
        (b"https://app.example.org", True),
        (b"http://evil.example", False),
        (b"null", False),
        (None, False),
    ],
)
async def test_the_cookie_needs_an_origin_of_ours(
    world: World, settings: Any, origin: bytes | None, welcome: bool
) -> None:
    settings.ALLOWED_ORIGINS = ["https://app.example.org"]
    cookie = await database_sync_to_async(cookie_of)(world)
    headers = [cookie] if origin is None else [cookie, (b"origin", origin)]
    doors = Doors()
    await doors.knock(*headers)
    assert (doors.identity is not None) is welcome


async def test_use_is_noted_beside_the_conversation(world: World) -> None:
    await Doors().knock((b"authorization", world.alice.token.encode()))
    row = await database_sync_to_async(APIToken.objects.get)(pk=world.alice.token_row.pk)
    assert row.last_used_at is not None
