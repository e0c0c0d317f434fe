"""Other people's ids in every field of every frame and in every address are not found.

The fields are read from the protocol, the addresses from the site: a new one that has no case here
fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, get_args

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework import serializers

from accounts.models import User
from chat.answers import requests
from chat.websocket import frame_parser
from core.ids import new_id
from ragws.asgi import WEBSOCKETS
from tests.support.communicator import Socket, connected, whole_text
from tests.support.fakes.mini_programs import Platform
from tests.support.mini_program_phones import log_in, platform
from tests.support.other_people import (
    BY_HEADER,
    BY_TICKET,
    SECRET,
    Attack,
    Ids,
    all_rows,
    another_user,
)
from tests.support.rest_client import NO_IDS
from tests.support.routes import Route, pages, rest_routes
from tests.support.world import World

pytestmark = pytest.mark.database

__all__ = ["platform"]

Begin = Callable[[World], Attack]

# Frames

# Fields that name no rows.
HARMLESS = {"question", "stream", "offset", "reasoning_offset", "events", "rating", "comment"}
NAMING = {"chat_id", "session_id", "kb_ids", "doc_ids", "files", "id", "request_id", "edit"}
# Fields that take the ids of others.
SAME_IDS = {"edit": "id"}
LISTS = {"kb_ids", "doc_ids", "files"}
# Chosen by the caller; another test shows that they never match another user's answer.
OWN_CHOICE = {("chat", "request_id")}
# Other required fields of a frame type.
NEEDED: dict[str, dict[str, Any]] = {"chat": {"question": "Who?"}, "feedback": {"rating": "up"}}
# Always the same reply: there is nothing to leave, and it does not reveal whether the id exists.
NOTHING_TO_LEAVE = "unfollow"


def frame_types() -> dict[str, type[requests.Request]]:
    return {
        kind: requests.Ask if kind == "chat" else getattr(requests, kind.title())
        for kind in frame_parser.PARSERS
    }


def naming_fields() -> Iterator[tuple[str, str]]:
    for kind, request_type in frame_types().items():
        for field in fields(request_type):
            if field.name not in HARMLESS and (kind, field.name) not in OWN_CHOICE:
                yield kind, field.name


def frame_with(kind: str, field: str, id: str, own: Ids) -> dict[str, Any]:
    chat = {"chat_id": own["chat_id"][0]} if kind == "chat" else {}
    named = {field: [id] if field in LISTS else id}
    return {"type": kind, **chat, **NEEDED.get(kind, {}), **named}


def test_every_field_is_known_to_name_something_or_nothing() -> None:
    assert set(frame_types().values()) == set(get_args(requests.Request))
    found = {field.name for kind in frame_types().values() for field in fields(kind)}
    assert found == HARMLESS | NAMING


def test_every_socket_is_covered() -> None:
    """The health check reads no ids."""
    assert set(WEBSOCKETS) == {"/v1/ws/chat", "/v1/ws/health"}


async def reply_to(socket: Socket, frame: dict[str, Any], id: str) -> Any:
    """The reply, with the id replaced, since replies repeat it."""
    await socket.send(**frame)
    replies = await socket.frame()
    return json.loads(json.dumps(replies).replace(json.dumps(id), '"…"'))


def unknown(field: str) -> list[str]:
    """A `request_id` may be any short text; an id that is none is not even that of a row."""
    return [new_id().hex, *([] if field == "request_id" else NO_IDS)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", BY_HEADER + BY_TICKET, ids=lambda begin: begin.__name__)
async def test_foreign_ids_in_every_field_of_every_frame_are_not_found(
    world: World, begin: Begin
) -> None:
    attack = await sync_to_async(begin)(world)
    async with connected(world.alice, "", attack.path, **attack.headers) as socket:
        await can_read_own_answer(socket, attack)
        before = await sync_to_async(all_rows)()
        for kind, field in naming_fields():
            tried = [*attack.theirs.get(SAME_IDS.get(field, field), ()), *unknown(field)]
            replies = [
                await reply_to(socket, frame_with(kind, field, id, attack.own), id) for id in tried
            ]
            assert all(one == replies[0] for one in replies), (kind, field, replies)
            expected = 0 if kind == NOTHING_TO_LEAVE else 404
            assert replies[0]["code"] == expected, (kind, field, replies)
        assert await socket.is_silent()
        assert await sync_to_async(all_rows)() == before


async def can_read_own_answer(socket: Socket, attack: Attack) -> None:
    """Shows that the refusals have no other reason."""
    await socket.send(type="resume", id=attack.own["id"][0])
    assert whole_text(await socket.until_the_end()) == SECRET


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", BY_HEADER + BY_TICKET, ids=lambda begin: begin.__name__)
async def test_another_user_s_request_id_starts_a_new_answer(world: World, begin: Begin) -> None:
    attack = await sync_to_async(begin)(world)
    async with connected(world.alice, attack.own["chat_id"][0], attack.path, **attack.headers) as s:
        for request_id in attack.theirs["request_id"]:
            await s.ask("Who?", request_id=request_id)
            frames = await s.until_the_end()
            assert frames[-1]["status"] == "complete"
            assert frames[-1]["id"] not in attack.theirs["id"]
            assert SECRET not in whole_text(frames)


@pytest.mark.django_db(transaction=True)
async def test_a_refused_follow_delivers_nothing(world: World) -> None:
    """Neither the questions nor the answers of the other user's conversation."""
    attack = await sync_to_async(another_user)(world)
    theirs = attack.theirs["session_id"][0], attack.theirs["chat_id"][0]
    async with (
        connected(world.alice) as alice,
        connected(world.bob, theirs[1]) as bob,
    ):
        await alice.send(type="follow", session_id=theirs[0])
        assert (await alice.frame())["code"] == 404
        await bob.ask("Who?", session_id=theirs[0])
        await bob.until_the_end()
        assert await alice.is_silent()


# REST

# Path parameters that name no rows.
NO_ROWS = {"name"}
ADDRESSED = {
    "dialog_id": "chat_id",
    "session_id": "session_id",
    "token_id": "token_id",
    "file_id": "files",
    "dataset_id": "kb_ids",
    "document_id": "doc_ids",
    "chunk_id": "chunk_id",
}
SESSIONS = "api/v1/chats/<dialog_id>/sessions"
TOKENS = "api/v1/tokens"
DATASET = "api/v1/datasets/<dataset_id>"
CHUNKS = f"{DATASET}/documents/<document_id>/chunks"


class ForeignId(str):
    """A placeholder in a body for an id, by its name in `Attack.theirs`."""

    __slots__ = ()


# Every request with a body that names rows. None: its body names none.
REQUESTS: dict[tuple[str, str], Any] = {
    # Names and secrets, no ids.
    ("POST", "api/v1/auth/login"): None,
    ("POST", "api/v1/auth/refresh"): None,
    ("POST", "api/v1/auth/logout"): None,
    ("POST", "api/v1/auth/ticket"): {"chat_id": ForeignId("chat_id")},
    # Needs a code from a phone: it has its own test.
    ("POST", "api/v1/auth/<slug:name>"): None,
    ("GET", TOKENS): None,
    ("POST", TOKENS): {"name": "Mine", "dialogs": [ForeignId("chat_id")]},
    ("GET", f"{TOKENS}/<token_id>"): None,
    ("DELETE", f"{TOKENS}/<token_id>"): None,
    ("POST", f"{TOKENS}/<token_id>/rotate"): {},
    ("GET", "api/v1/chats"): None,
    ("POST", "api/v1/chats"): {"name": "Mine", "dataset_ids": [ForeignId("kb_ids")]},
    ("DELETE", "api/v1/chats"): {"ids": [ForeignId("chat_id")]},
    ("GET", "api/v1/chats/<dialog_id>"): None,
    ("PUT", "api/v1/chats/<dialog_id>"): {"dataset_ids": [ForeignId("kb_ids")]},
    ("GET", SESSIONS): None,
    ("POST", SESSIONS): {"name": "Mine"},
    ("DELETE", SESSIONS): {"ids": [ForeignId("session_id")]},
    ("GET", f"{SESSIONS}/<session_id>"): None,
    ("PUT", f"{SESSIONS}/<session_id>"): {"name": "Mine"},
    ("GET", "api/v1/files"): None,
    ("POST", "api/v1/files"): None,
    ("DELETE", "api/v1/files/<file_id>"): None,
    ("GET", "api/v1/datasets"): None,
    ("POST", "api/v1/datasets"): None,
    ("DELETE", "api/v1/datasets"): {"ids": [ForeignId("kb_ids")]},
    ("GET", DATASET): None,
    ("PUT", DATASET): {"name": "Mine"},
    ("GET", f"{DATASET}/documents"): None,
    ("POST", f"{DATASET}/documents"): None,
    ("DELETE", f"{DATASET}/documents"): {"ids": [ForeignId("doc_ids")]},
    ("GET", f"{DATASET}/documents/<document_id>"): None,
    ("PUT", f"{DATASET}/documents/<document_id>"): {"name": "Mine"},
    ("GET", CHUNKS): None,
    ("POST", CHUNKS): {"content": "Mine"},
    ("PUT", CHUNKS): {"chunk_ids": [ForeignId("chunk_id")], "available": False},
    ("DELETE", CHUNKS): {"chunk_ids": [ForeignId("chunk_id")]},
    ("GET", f"{CHUNKS}/<chunk_id>"): None,
    ("PUT", f"{CHUNKS}/<chunk_id>"): {"content": "Mine"},
    ("POST", f"{DATASET}/chunks"): {"document_ids": [ForeignId("doc_ids")]},
    ("DELETE", f"{DATASET}/chunks"): {"document_ids": [ForeignId("doc_ids")]},
}
# The fields of all serializers: those that name rows, and the others.
NAMING_IN_BODIES = {"chat_id", "dialogs"}
HARMLESS_IN_BODIES = {
    *("username", "email", "password", "refresh_token", "code", "ticket", "end_user"),
    *("scopes", "name", "days", "origins", "allow_in_url", "overlap_hours"),
}


def test_every_request_is_covered() -> None:
    found = {(method, route.pattern) for route in rest_routes() for method in route.methods}
    assert found == set(REQUESTS)
    parameters = {name for route in rest_routes() for name in route.parameters}
    assert parameters == set(ADDRESSED) | NO_ROWS


def test_every_field_of_a_body_is_known_to_name_something_or_nothing() -> None:
    assert rest_routes()  # Imports the views and their serializers.
    found = {str(name) for kind in serializers_of_ours() for name in kind().fields}
    assert found == NAMING_IN_BODIES | HARMLESS_IN_BODIES


def serializers_of_ours() -> list[type[serializers.Serializer[Any]]]:
    ours = ("accounts.", "chat.", "console.", "knowledge.", "ragws.")
    return [
        kind for kind in serializers.Serializer.__subclasses__() if kind.__module__.startswith(ours)
    ]


def filled(body: Any, values: Callable[[str], str]) -> Any:
    match body:
        case ForeignId():
            return values(body)
        case dict():
            return {name: filled(item, values) for name, item in body.items()}
        case list():
            return [filled(item, values) for item in body]
    return body


def named_ids(route: Route, body: Any) -> list[str]:
    """The kinds of ids in the address and the body of a request."""
    found: list[str] = []
    filled(body, lambda name: found.append(name) or "")  # type: ignore[func-returns-value]
    return [*(ADDRESSED[name] for name in route.parameters if name in ADDRESSED), *found]


def answer_to(
    client: Client, method: str, route: Route, body: Any, values: Callable[[str], str]
) -> tuple[int, str]:
    address = route.address(lambda name: values(ADDRESSED.get(name, name)))
    text = json.dumps(filled(body, values)) if body is not None else ""
    answer = client.generic(method, address, text, "application/json")
    return answer.status_code, answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("begin", BY_HEADER, ids=lambda begin: begin.__name__)
def test_foreign_ids_in_every_address_and_body_are_not_found(world: World, begin: Begin) -> None:
    attack = begin(world)
    client, before = Client(headers=dict(attack.headers)), all_rows()
    for route, method, body in requests_that_name_something():
        for named in set(named_ids(route, body)) & set(attack.theirs):
            replies = [
                answer_to(client, method, route, body, values_with(attack.own, named, id))
                for id in (*attack.theirs[named], new_id().hex)
            ]
            where = method, route.pattern, named
            assert replies[0][0] in (400, 403, 404), (where, replies)
            assert all(one == replies[-1] for one in replies), (where, replies)
            assert SECRET not in replies[0][1], where
    assert all_rows() == before


def requests_that_name_something() -> Iterator[tuple[Route, str, Any]]:
    for route in rest_routes():
        for method in route.methods:
            body = REQUESTS[method, route.pattern]
            if named_ids(route, body):
                yield route, method, body


def values_with(own: Ids, named: str, id: str) -> Callable[[str], str]:
    return lambda name: id if name == named else own[name][0]


@pytest.mark.django_db
@pytest.mark.parametrize("begin", BY_HEADER, ids=lambda begin: begin.__name__)
def test_lists_have_only_the_caller_s_rows(world: World, begin: Begin) -> None:
    attack = begin(world)
    client = Client(headers=dict(attack.headers))
    read = 0
    for route in rest_routes():
        if "GET" in route.methods:
            status, text = answer_to(client, "GET", route, None, lambda name: attack.own[name][0])
            read += status == 200
            assert not attack.ids_in(text), route.pattern
    # End users cannot read tokens and knowledge bases.
    assert read == (13 if begin in (another_user, BY_HEADER[-1]) else 5)


def test_a_login_with_a_dialog_closed_to_mini_programs_is_not_found(
    world: World,
    platform: Platform,
) -> None:
    """The login itself needs one dialog that is open."""
    attack = another_user(world)
    world.dialog.for_mini_programs = True
    world.dialog.save()
    replies = [
        log_in(platform.code_of("oAnn"), chat_id=id)
        for id in (*attack.theirs["chat_id"], new_id().hex)
    ]
    assert [one.status_code for one in replies] == [404, 404]
    assert replies[0].content == replies[1].content
    assert log_in(platform.code_of("oAnn"), chat_id=world.dialog.pk.hex).status_code == 200


# Pages

# The kind of id in an address of the admin; others get the id of the user.
IN_THE_ADMIN = {
    "apitoken": "token_id",
    "knowledgebase": "kb_ids",
    "document": "doc_ids",
    "dialog": "chat_id",
    "chatsession": "session_id",
    "attachment": "files",
    "login": "login_id",
}
# Permissions by user. With a permission, staff see all rows; of these models only their own.
RIGHTS: dict[str, tuple[str, ...] | None] = {
    "a user": None,
    "staff without permissions": (),
    "staff who manage their own tokens and logins": ("apitoken", "login"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("rights", RIGHTS)
def test_foreign_ids_in_every_page_are_not_found(world: World, rights: str) -> None:
    attack = another_user(world)
    browser = signed_in(world, RIGHTS[rights])
    before = all_rows()
    for page in pages_that_name_something():
        model = page.pattern.split("/")[2:3]
        name = IN_THE_ADMIN.get("".join(model), "user_id")
        for method in ("GET", "POST"):
            tried = (attack.theirs[name][0], new_id().hex)
            replies = [answer_of(browser, method, page, id) for id in tried]
            assert replies[0] == replies[1], (method, page.pattern)
            assert not attack.ids_in(replies[0][2]), (method, page.pattern)
    assert all_rows() == before


def pages_that_name_something() -> Iterator[Route]:
    """Pages with an id in the address, and the lists of the admin, which take ids in a form."""
    for page in pages():
        if page.parameters or re.fullmatch(r"admin/\w+/\w+/", page.pattern):
            yield page


def signed_in(world: World, models: tuple[str, ...] | None) -> Client:
    user = world.alice.user
    User.objects.filter(pk=user.pk).update(is_staff=models is not None)
    user.user_permissions.set(Permission.objects.filter(content_type__model__in=models or ()))
    browser = Client()
    browser.force_login(user)
    return browser


def answer_of(browser: Client, method: str, page: Route, id: str) -> tuple[int, str, str]:
    """GET, or POST with the form of the admin's list that deletes the row."""
    # A message of the request before.
    browser.cookies.pop("messages", None)
    form = {"action": "delete_selected", "_selected_action": id, "post": "yes"}
    address = page.address(lambda _: id)
    answer = browser.post(address, form) if method == "POST" else browser.get(address)
    location = answer.headers.get("Location", "").replace(id, "…")
    # The CSRF token differs each time.
    html = re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", answer.content.decode())
    return answer.status_code, location, html.replace(id, "…")
