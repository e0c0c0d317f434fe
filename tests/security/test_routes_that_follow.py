"""The HTTP routes that follow answers: other people's ids, scopes, other sites, caches.

The routes are read from the site: a new one that has no case here fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from accounts.audit.write_queue import audit_queue
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.identity import Identity
from accounts.limits.check import lease_socket
from accounts.limits.current_store import current_store
from accounts.models import Action, AuditEvent
from accounts.scopes import Scope
from chat.http.router import Route
from core.ids import new_id
from ragws.asgi import HTTP_ROUTES
from tests.support.http_requests import Reply, request
from tests.support.other_people import BY_HEADER, SECRET, Attack, Ids, all_rows, another_user
from tests.support.ragflow_api import NEW, OLD
from tests.support.rest_client import NO_IDS
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

QUESTION = {"question": "Who?"}
OUR_ORIGIN, OTHER_ORIGIN = "http://testserver", "https://evil.example"


@dataclass(frozen=True)
class Case:
    """`naming`: fields of the body, or of the query of a GET, by the kind of id they take, beside
    those of the path. `lists` are those of several ids. `fields`: the others it needs."""

    naming: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    # The kinds of ids that each request names.
    always: tuple[str, ...] = ("chat_id",)


ASKING = Case(
    naming={
        **{name: name for name in ("chat_id", "session_id", "kb_ids", "doc_ids", "files")},
        "edit": "id",
    },
    fields=QUESTION,
    lists=("kb_ids", "doc_ids", "files"),
)
CONVERSATION = {"messages": [{"role": "user", "content": "Who?"}]}
OF_ONE_CHAT = "<chat_id>/chat/completions"
ANSWER = "api/v1/answers/<answer_id>"
CASES: dict[tuple[str, str], Case] = {
    ("POST", "v1/conversation/completion"): ASKING,
    ("GET", "v1/conversation/completion"): ASKING,
    ("GET", ANSWER): Case(),
    ("GET", f"{ANSWER}/events"): Case(),
    ("POST", f"{ANSWER}/stop"): Case(),
    ("POST", f"{ANSWER}/feedback"): Case(fields={"rating": "up"}),
    ("POST", f"{ANSWER}/regenerate"): Case(),
    ("POST", f"{ANSWER}/switch"): Case(),
    ("GET", "v1/models"): Case(),
    ("GET", "v1/models/<model>"): Case(),
    # A session is named as the client likes: tests/chat/rest/test_openai.py.
    ("POST", "v1/chat/completions"): Case(naming={"model": "chat_id"}, fields=CONVERSATION),
    ("POST", f"api/v1/chats_openai/{OF_ONE_CHAT}"): Case(fields=CONVERSATION),
    ("POST", f"api/v1/openai/{OF_ONE_CHAT}"): Case(fields=CONVERSATION),
    ("POST", "api/v1/chats/<chat_id>/completions"): Case(
        naming={name: name for name in ("session_id", "kb_ids", "doc_ids", "files")},
        fields=QUESTION,
        lists=("kb_ids", "doc_ids", "files"),
    ),
    ("POST", "api/v1/retrieval"): Case(
        naming={"dataset_ids": "kb_ids", "document_ids": "doc_ids"},
        fields=QUESTION,
        lists=("dataset_ids", "document_ids"),
        always=("kb_ids",),
    ),
    ("POST", f"{NEW}/api/v1/chats/<chat_id>/completions"): Case(
        naming={name: name for name in ("session_id", "kb_ids", "doc_ids", "files")},
        fields=QUESTION,
        lists=("kb_ids", "doc_ids", "files"),
    ),
    ("POST", f"{NEW}/api/v1/chat/completions"): Case(
        naming={name: name for name in ("chat_id", "session_id", "kb_ids", "doc_ids", "files")},
        fields=QUESTION,
        lists=("kb_ids", "doc_ids", "files"),
    ),
    **{
        ("POST", f"{prefix}/api/v1/{path}"): Case(fields=QUESTION)
        for prefix in (OLD, NEW)
        for path in ("sessions/related_questions", "chat/recommendation", "chat/recommandation")
    },
}
# What RAGFlow's codes are at the other addresses. It has one for both rows and keys.
STATUSES = {0: 200, 102: 404, 108: 403, 109: 404}
OF_KEYS = ("API key is invalid", "`Authorization` can't be empty")
IN_PATHS = {"answer_id": "id", "chat_id": "chat_id", "model": "chat_id"}


def test_every_route_is_covered() -> None:
    assert {(route.method, route.pattern) for route in HTTP_ROUTES} == set(CASES)


def status_of(route: Route, reply: Reply) -> int:
    """Below RAGFlow's prefixes its code says what went wrong, with status 200."""
    is_told_by_code = route.pattern.startswith("ragflow-") and reply.status == 200
    if not is_told_by_code or not reply.text.startswith("{"):
        return reply.status
    answer = reply.json()
    if any(sentence in answer["message"] for sentence in OF_KEYS):
        return 401
    return STATUSES[answer["code"]]


def path_of(route: Route, id_of: Callable[[str], str]) -> str:
    parts = (IN_PATHS[part[1:-1]] if part.startswith("<") else None for part in names_of(route))
    return "/" + "/".join(
        id_of(kind) if kind else part for kind, part in zip(parts, names_of(route), strict=True)
    )


def names_of(route: Route) -> list[str]:
    return route.pattern.split("/")


def kinds_of(route: Route) -> set[str]:
    """The kinds of ids that a request names."""
    in_path = {IN_PATHS[part[1:-1]] for part in names_of(route) if part.startswith("<")}
    return in_path | set(CASES[route.method, route.pattern].naming.values())


async def reply_to(
    route: Route, headers: Mapping[str, str], own: Ids, kind: str = "", id: str = ""
) -> Reply:
    """Of a request with own ids, but for the one of that kind."""
    case = CASES[route.method, route.pattern]
    needed = {*case.always, kind} & set(case.naming.values())
    fields = dict(case.fields)
    for name, takes in case.naming.items():
        if takes in needed:
            value = id if takes == kind else own[takes][0]
            fields[name] = [value] if name in case.lists and route.method == "POST" else value
    path = path_of(route, lambda one: id if one == kind else own[one][0])
    if route.method == "GET":
        return await request("GET", path, headers, query=fields)
    return await request(route.method, path, headers, fields)


@pytest.mark.parametrize("begin", BY_HEADER, ids=lambda begin: begin.__name__)
async def test_other_people_s_ids_are_not_found(
    world: World, begin: Callable[[World], Attack], settings: Any
) -> None:
    # More are tried here than an end user may ask in a minute.
    settings.END_USER_QUESTIONS_PER_MINUTE = 0
    attack = await sync_to_async(begin)(world)
    before = await sync_to_async(all_rows)()
    for route in HTTP_ROUTES:
        for kind in kinds_of(route) & set(attack.theirs):
            ids = [*attack.theirs[kind], new_id().hex, *NO_IDS[:2]]
            replies = [await reply_to(route, attack.headers, attack.own, kind, id) for id in ids]
            where = route.method, route.pattern, kind
            assert [status_of(route, one) for one in replies] == [404] * len(ids), (
                where,
                replies[0],
            )
            assert len({one.text for one in replies}) == 1, where
            assert SECRET not in replies[0].text, where
    assert await sync_to_async(all_rows)() == before


async def test_own_ids_are_found(world: World) -> None:
    """Shows that the refusals have no other reason."""
    attack = await sync_to_async(another_user)(world)
    for route in HTTP_ROUTES:
        if kinds_of(route):
            reply = await reply_to(route, attack.headers, attack.own)
            assert status_of(route, reply) in (200, 201), (route.pattern, reply)


async def test_each_scope_is_needed(world: World) -> None:
    attack = await sync_to_async(another_user)(world)
    for route in HTTP_ROUTES:
        assert route.scopes, route.pattern
        for missing in route.scopes:
            others = frozenset(Scope) - {missing}
            issued = await sync_to_async(issue_token)(
                world.alice.user, "narrow", None, Restrictions(scopes=others)
            )
            headers = {"authorization": f"Bearer {issued.secret}"}
            reply = await reply_to(route, headers, attack.own)
            assert status_of(route, reply) == 403, (route.pattern, missing)
            assert f"`{missing}`" in reply.text


async def test_reading_on_needs_the_scope_to_read(world: World) -> None:
    """An EventSource that has lost its connection does not ask, but read."""
    attack = await sync_to_async(another_user)(world)
    issued = await sync_to_async(issue_token)(
        world.alice.user, "narrow", None, Restrictions(scopes=frozenset({Scope.CHAT}))
    )
    for secret, status in ((issued.secret, 403), (world.alice.token, 200)):
        headers = {
            "authorization": f"Bearer {secret}",
            "last-event-id": f"{attack.own['id'][0]}:0",
        }
        reply = await request("GET", "/v1/conversation/completion", headers)
        assert reply.status == status
        assert (SECRET in reply.text) == (status == 200)


async def test_strangers_are_refused_and_nothing_is_stored(world: World) -> None:
    attack = await sync_to_async(another_user)(world)
    for route in HTTP_ROUTES:
        for headers in ({}, {"authorization": "Bearer ragflow-nonsense"}):
            reply = await reply_to(route, headers, attack.own)
            assert status_of(route, reply) == 401, route.pattern
            if reply.status == 401:
                assert reply.headers["www-authenticate"] == "Bearer"
            assert reply.headers["cache-control"] == "no-store"
        reply = await reply_to(route, attack.headers, attack.own)
        assert reply.headers["cache-control"] == "no-store"


async def test_the_login_cookie_counts_for_our_own_pages_only(world: World) -> None:
    attack = await sync_to_async(another_user)(world)
    browser = Client()
    await sync_to_async(browser.force_login)(world.alice.user)
    cookie = {"cookie": f"sessionid={browser.cookies[settings.SESSION_COOKIE_NAME].value}"}
    for route in HTTP_ROUTES:
        for headers, is_ours in (
            ({}, False),
            ({"origin": OTHER_ORIGIN}, False),
            ({"sec-fetch-site": "cross-site"}, False),
            ({"sec-fetch-site": "same-site"}, False),
            ({"origin": OTHER_ORIGIN, "sec-fetch-site": "same-origin"}, False),
            ({"origin": OUR_ORIGIN}, True),
            ({"sec-fetch-site": "same-origin"}, True),
        ):
            reply = await reply_to(route, {**cookie, **headers}, attack.own)
            assert (status_of(route, reply) != 401) == is_ours, (route.pattern, headers, reply)


async def test_limits_apply_to_every_route(world: World, settings: Any) -> None:
    attack = await sync_to_async(another_user)(world)
    token = {"authorization": f"Bearer {world.alice.token}"}
    for route in HTTP_ROUTES:
        current_store.cache_clear()
        settings.TOKEN_HANDSHAKES_PER_MINUTE = 1
        assert (await reply_to(route, token, attack.own)).status != 429, route.pattern
        await check_refused_for_a_limit(route, token, attack)
        current_store.cache_clear()
        settings.TOKEN_HANDSHAKES_PER_MINUTE, settings.TOKEN_SOCKETS = 0, 1
        lease = await lease_socket(await sync_to_async(identity_of)(world))
        await check_refused_for_a_limit(route, token, attack)
        await lease.release()
        settings.TOKEN_SOCKETS = 0


async def test_questions_are_limited_whichever_way_they_come(world: World, settings: Any) -> None:
    attack = await sync_to_async(another_user)(world)
    token = {"authorization": f"Bearer {world.alice.token}"}
    settings.TOKEN_QUESTIONS_PER_MINUTE = 1
    for route in (route for route in HTTP_ROUTES if route.asks):
        current_store.cache_clear()
        assert (await reply_to(route, token, attack.own)).status in (200, 201), route.pattern
        await check_refused_for_a_limit(route, token, attack)


async def check_refused_for_a_limit(
    route: Route, headers: Mapping[str, str], attack: Attack
) -> None:
    reply = await reply_to(route, headers, attack.own)
    assert reply.status == 429, route.pattern
    assert int(reply.headers["retry-after"]) > 0


def identity_of(world: World) -> Identity:
    return authenticate(Credentials((world.alice.token,)))


async def test_asking_is_recorded(world: World) -> None:
    """As the opening of a socket is; following is not."""
    attack = await sync_to_async(another_user)(world)
    connects = AuditEvent.objects.filter(action=Action.CONNECT)
    for route in HTTP_ROUTES:
        before = await connects.acount()
        await reply_to(route, {"authorization": f"Bearer {world.alice.token}"}, attack.own)
        await sync_to_async(audit_queue.flush)()
        assert await connects.acount() - before == route.asks, route.pattern
