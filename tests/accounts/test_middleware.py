import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import transaction

from accounts.identity import Identity
from accounts.middleware import IdentityMiddleware
from accounts.models import APIToken
from accounts.revocation.identity_cache import memory
from core.broadcast import IDENTITIES, broadcaster
from core.errors import AppError
from tests.support.credential_changes import OF_A_TOKEN, OF_A_USER, is_joined, revoke, set_password
from tests.support.world import Person, World

pytestmark = pytest.mark.django_db(transaction=True)

HOST = (b"host", b"testserver")


class Doors:
    """Where the middleware sends people."""

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
        raise AssertionError("the middleware itself says nothing")


async def test_it_works(world: World) -> None:
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
        doors = Doors()
        await doors.connect(*headers, query=query)
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
        await doors.connect(*headers, query=query)
        assert doors.identity is None
        assert doors.refusal is not None
        assert doors.refusal.code == 401


async def test_use_is_noted_beside_the_conversation(world: World) -> None:
    await Doors().connect((b"authorization", world.alice.token.encode()))
    row = await database_sync_to_async(APIToken.objects.get)(pk=world.alice.token_row.pk)
    assert row.last_used_at is not None


async def connect(person: Person) -> Doors:
    doors = Doors()
    await doors.connect((b"authorization", f"Bearer {person.token}".encode()))
    return doors


async def test_who_comes_back_is_not_looked_up_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(world.alice)

    def lost(*_: Any) -> Identity:
        raise AssertionError("the database is away")

    monkeypatch.setattr("accounts.middleware.authenticate", lost)
    assert (await connect(world.alice)).identity
    cookie = (b"cookie", b"sessionid=x"), (b"origin", b"http://testserver")
    with pytest.raises(AssertionError, match="away"):
        await Doors().connect((b"authorization", world.alice.token.encode()), *cookie)


@pytest.mark.parametrize("change", [*OF_A_TOKEN, *OF_A_USER])
async def test_what_changed_is_forgotten_at_once(world: World, change: Any) -> None:
    assert (await connect(world.alice)).identity
    assert (await connect(world.bob)).identity
    await database_sync_to_async(change)(world)
    assert (await connect(world.alice)).refusal
    assert (await connect(world.bob)).identity


async def test_a_new_password_is_noticed_at_once(world: World) -> None:
    header = (b"authorization", (await database_sync_to_async(world.alice.jwt)()).encode())
    before, after = Doors(), Doors()
    await before.connect(header)
    await database_sync_to_async(set_password)(world)
    await after.connect(header)
    assert before.identity
    assert after.refusal


async def test_a_change_that_is_rolled_back_is_none(world: World) -> None:
    def fail() -> None:
        with transaction.atomic():
            revoke(world)
            transaction.set_rollback(True)

    await connect(world.alice)
    changes = memory.changes
    await database_sync_to_async(fail)()
    assert memory.changes == changes


async def test_other_processes_are_told(world: World) -> None:
    """Of whom there is one here, which listens as they do."""
    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    broadcaster().subscribe(IDENTITIES, heard.set_result)
    await is_joined(IDENTITIES)
    await database_sync_to_async(revoke)(world)
    async with asyncio.timeout(5):
        assert (await heard)["tokens"] == [world.alice.token_row.pk.hex]
