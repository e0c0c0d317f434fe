"""Which credential is accepted from which origin, by the WebSocket and by REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.test import Client

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.tickets.tickets import issue_ticket
from tests.support.entry_points import ClientRequest, rest_accepts, socket_accepts
from tests.support.world import PASSWORD, Person, World

PAGE = "https://page.example.org"
ORIGINS = {
    "our own": "http://testserver",
    "our own, with its port": "http://testserver:80",
    "our own, in upper case": "HTTP://TESTSERVER",
    "allowed": "https://app.example.org",
    "allowed, in upper case": "HTTPS://APP.EXAMPLE.ORG",
    "the token's": PAGE,
    "the token's, in upper case": "HTTPS://PAGE.EXAMPLE.ORG",
    "other": "https://evil.example",
    "null": "null",
    "empty": "",
    "polls like ours": "http://testserver.evil.example",
    "begins like the allowed": "https://app.example.org.evil.example",
    "ends like the allowed": "https://evil-app.example.org",
    "below the allowed": "https://sub.app.example.org",
    "with the allowed as a name": "https://app.example.org@evil.example",
    "other port of ours": "http://testserver:8080",
    "other port of the allowed": "https://app.example.org:8443",
    "other scheme of the allowed": "http://app.example.org",
}
MISSING = "missing"
ANYWHERE = {*ORIGINS, MISSING}
OURS = {name for name in ORIGINS if name.startswith("our own") or name.split(",")[0] == "allowed"}
THE_TOKENS = {name for name in ORIGINS if name.startswith("the token's")}


def with_cookie(person: Person) -> ClientRequest:
    browser = Client()
    browser.force_login(person.user)
    name = django_settings.SESSION_COOKIE_NAME
    return ClientRequest({"cookie": f"theme=dark; {name}={browser.cookies[name].value}"})


def with_token(person: Person) -> ClientRequest:
    return ClientRequest({"authorization": f"Bearer {person.token}"})


def with_token_in_the_address(person: Person) -> ClientRequest:
    return ClientRequest(query=f"token={person.token}")


def with_jwt(person: Person) -> ClientRequest:
    return ClientRequest({"authorization": person.jwt()})


def token_of_a_page(person: Person) -> str:
    return issue_token(person.user, "page", restrictions=Restrictions(origins=(PAGE,))).secret


def with_token_of_a_page(person: Person) -> ClientRequest:
    return ClientRequest({"authorization": f"Bearer {token_of_a_page(person)}"})


def ticket_of(secret: str, origin: str = "") -> ClientRequest:
    return ClientRequest(
        query=f"ticket={issue_ticket(authenticate(Credentials((secret,), origin=origin)))}"
    )


def with_ticket(person: Person) -> ClientRequest:
    return ticket_of(person.token)


def with_ticket_of_a_page(person: Person) -> ClientRequest:
    return ticket_of(token_of_a_page(person), PAGE)


Presentation = Callable[[Person], ClientRequest]
# By credential: the origins it is accepted from, with CLOSED_ORIGINS off and on.
SOCKET: dict[Presentation, tuple[set[str], set[str]]] = {
    with_cookie: (OURS, OURS),
    with_token: (ANYWHERE, OURS),
    with_token_in_the_address: (ANYWHERE, OURS),
    with_jwt: (ANYWHERE, OURS),
    with_token_of_a_page: (THE_TOKENS, THE_TOKENS),
}
TICKETS: dict[Presentation, tuple[set[str], set[str]]] = {
    with_ticket: (ANYWHERE, OURS),
    with_ticket_of_a_page: (THE_TOKENS, THE_TOKENS),
}
# Browsers send no origin when our own page reads; the cookie's SameSite says that it is ours.
REST = {**SOCKET, with_cookie: (OURS | {MISSING}, OURS | {MISSING})}


async def accepted_origins(accepts: Callable[..., Awaitable[bool]]) -> set[str]:
    named = {name for name, origin in ORIGINS.items() if await accepts(origin)}
    return named | ({MISSING} if await accepts() else set())


@pytest.fixture
def listed(settings: Any) -> Any:
    settings.ALLOWED_ORIGINS = ["https://app.example.org"]
    return settings


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("presenting", SOCKET, ids=lambda presenting: presenting.__name__)
async def test_a_credential_is_accepted_from_its_origins_only(
    world: World, listed: Any, presenting: Presentation, closed: bool
) -> None:
    request = await sync_to_async(presenting)(world.alice)
    listed.CLOSED_ORIGINS = closed
    assert await accepted_origins(partial(socket_accepts, request)) == SOCKET[presenting][closed]
    assert await accepted_origins(partial(rest_accepts, request)) == REST[presenting][closed]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("presenting", TICKETS, ids=lambda presenting: presenting.__name__)
async def test_a_ticket_is_accepted_from_its_origins_only(
    world: World, listed: Any, presenting: Presentation, closed: bool
) -> None:
    """A new ticket each time: it is single-use. REST accepts none."""

    async def accepts(*origins: str) -> bool:
        listed.CLOSED_ORIGINS = False
        request = await sync_to_async(presenting)(world.alice)
        listed.CLOSED_ORIGINS = closed
        return await socket_accepts(request, *origins)

    assert await accepted_origins(accepts) == TICKETS[presenting][closed]


@pytest.mark.django_db(transaction=True)
async def test_a_ticket_from_a_wrong_page_is_used_up(world: World, listed: Any) -> None:
    request = await sync_to_async(with_ticket)(world.alice)
    listed.CLOSED_ORIGINS = True
    assert not await socket_accepts(request, ORIGINS["other"])
    assert not await socket_accepts(request, ORIGINS["our own"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("presenting", [with_cookie, with_token_of_a_page])
async def test_two_origin_headers_are_refused(
    world: World, listed: Any, presenting: Presentation
) -> None:
    """No browser sends two; a good one that a proxy adds must not override the first."""
    request = await sync_to_async(presenting)(world.alice)
    good = PAGE if presenting is with_token_of_a_page else ORIGINS["our own"]
    for accepts in (socket_accepts, rest_accepts):
        assert await accepts(request, good)
        for two in ((good, ORIGINS["other"]), (ORIGINS["other"], good), (good, good)):
            assert not await accepts(request, *two)
            assert not await accepts(request, ", ".join(two))


def test_logging_in_needs_no_origin_though_it_is_closed(world: World, listed: Any) -> None:
    """Only the JWT that it returns needs one."""
    listed.CLOSED_ORIGINS = True
    body = {"username": "alice", "password": PASSWORD}
    answer = Client().post("/api/v1/auth/login", body, content_type="application/json")
    assert answer.status_code == 200
    jwt = answer.json()["data"]["access_token"]
    program = Client(headers={"authorization": f"Bearer {jwt}"})
    assert program.post("/api/v1/auth/ticket", {}, "application/json").status_code == 401
    own = {"origin": "http://testserver"}
    assert (
        program.post("/api/v1/auth/ticket", {}, "application/json", headers=own).status_code == 200
    )
