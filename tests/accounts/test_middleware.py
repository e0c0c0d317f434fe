"""The middleware of sockets: accepted, refused, cached, and cached no more after a change."""

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import transaction

from accounts.identity import Identity
from accounts.middleware import IdentityMiddleware
from accounts.models import APIToken
from accounts.revocation.identity_cache import identity_cache
from core.broadcast import IDENTITIES, broadcaster
from core.errors import AppError
from tests.support.credential_changes import (
    TOKEN_CHANGES,
    USER_CHANGES,
    is_joined,
    revoke,
    set_password,
)
from tests.support.world import Person, World

pytestmark = pytest.mark.django_db(transaction=True)

HOST = (b"host", b"testserver")


class Handshake:
    """Runs the middleware between two applications, and keeps what each of them got."""

    def __init__(self) -> None:
        self.identity: Identity | None = None
        self.refusal: AppError | None = None

    async def connect(self, *headers: tuple[bytes, bytes], query: bytes = b"") -> None:
        scope = {
            "type": "websocket",
            "path": "/",
            "headers": [HOST, *headers],
            "query_string": query,
        }
        await IdentityMiddleware(self.inner, self.refuse)(scope, asyncio.Queue().get, self.send)

    async def inner(self, scope: Any, *_: Any) -> None:
        self.identity = scope["identity"]

    async def refuse(self, scope: Any, *_: Any) -> None:
        self.refusal = scope["refusal"]

    async def send(self, *_: Any) -> None:
        raise AssertionError("the middleware itself sends nothing")


async def test_a_valid_credential_is_accepted_wherever_it_is_sent(world: World) -> None:
    token = world.alice.token.encode()
    jwt = (await database_sync_to_async(world.alice.jwt)()).encode()
    for headers, query in (
        ([(b"authorization", b"Bearer " + token)], b""),
        ([(b"authorization", jwt)], b""),
        ([(b"authorization", b"Bearer " + jwt)], b""),
        ([], b"token=" + token),
        ([], b"token=" + jwt),
        ([(b"origin", b"https://elsewhere.example")], b"token=" + token),
        ([(b"origin", b"null")], b"token=" + token),
    ):
        handshake = Handshake()
        await handshake.connect(*headers, query=query)
        assert handshake.identity is not None
        assert handshake.identity.user == world.alice.user


async def test_without_a_valid_credential_a_socket_is_refused(world: World) -> None:
    token = world.charlie.token.encode()
    for headers, query in (
        ([], b""),
        ([(b"authorization", b"Bearer " + token)], b""),
        ([(b"authorization", b"Bearer \xff\xfe")], b""),
        ([], b"token=\xff\xfe"),
        ([], b"token=" + b"x" * 60_000),
        ([(b"cookie", b"sessionid=\xff; ;;==")], b""),
    ):
        handshake = Handshake()
        await handshake.connect(*headers, query=query)
        assert handshake.identity is None
        assert handshake.refusal is not None
        assert handshake.refusal.code == 401


async def test_use_of_a_token_is_recorded(world: World) -> None:
    await Handshake().connect((b"authorization", world.alice.token.encode()))
    row = await database_sync_to_async(APIToken.objects.get)(pk=world.alice.token_row.pk)
    assert row.last_used_at is not None


async def connect(person: Person) -> Handshake:
    handshake = Handshake()
    await handshake.connect((b"authorization", f"Bearer {person.token}".encode()))
    return handshake


async def test_a_reconnect_needs_no_lookup(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await connect(world.alice)

    def lost(*_: Any) -> Identity:
        raise AssertionError("the database is away")

    monkeypatch.setattr("accounts.middleware.authenticate", lost)
    assert (await connect(world.alice)).identity
    cookie = (b"cookie", b"sessionid=x"), (b"origin", b"http://testserver")
    with pytest.raises(AssertionError, match="away"):
        await Handshake().connect((b"authorization", world.alice.token.encode()), *cookie)


@pytest.mark.parametrize("change", [*TOKEN_CHANGES, *USER_CHANGES])
async def test_a_change_leaves_the_cache_at_once(world: World, change: Any) -> None:
    assert (await connect(world.alice)).identity
    assert (await connect(world.bob)).identity
    await database_sync_to_async(change)(world)
    assert (await connect(world.alice)).refusal
    assert (await connect(world.bob)).identity


async def test_a_new_password_is_noticed_at_once(world: World) -> None:
    header = (b"authorization", (await database_sync_to_async(world.alice.jwt)()).encode())
    before, after = Handshake(), Handshake()
    await before.connect(header)
    await database_sync_to_async(set_password)(world)
    await after.connect(header)
    assert before.identity
    assert after.refusal


async def test_a_change_that_is_rolled_back_invalidates_nothing(world: World) -> None:
    def fail() -> None:
        with transaction.atomic():
            revoke(world)
            transaction.set_rollback(True)

    await connect(world.alice)
    version = identity_cache.version
    await database_sync_to_async(fail)()
    assert identity_cache.version == version


async def test_a_change_is_broadcast_to_other_processes(world: World) -> None:
    """This one stands for them: it listens as they do."""
    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    broadcaster().subscribe(IDENTITIES, heard.set_result)
    await is_joined(IDENTITIES)
    await database_sync_to_async(revoke)(world)
    async with asyncio.timeout(5):
        assert (await heard)["tokens"] == [world.alice.token_row.pk.hex]
