"""The envelope: every answer of the REST API has it, whatever went wrong."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client
from django.urls import path
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import NotAuthenticated
from core.errors import Conflict, TooManyRequests
from knowledge.errors import Unreadable
from ragws.urls import urlpatterns as ours
from tests.support.world import World

RAISED: dict[str, Exception] = {
    "conflict": Conflict("It is running", id="a1"),
    "later": TooManyRequests("Not now", retry_after=3),
    "unreadable": Unreadable("The file is empty."),
    "strangers": NotAuthenticated("Who are you?"),
    "forbidden": PermissionDenied(),
    "nothing": Http404("No such room"),
    "suspicious": SuspiciousOperation("Too many fields"),
    "nested": ValidationError({"name": ["Too short.", "Too dull."], "ids": "No list."}),
    "throttled": Throttled(7),
    "broken": KeyError("a secret"),
}


class Room(APIView):
    def get(self, request: Request, what: str) -> Response:
        raise RAISED[what]

    def post(self, request: Request, what: str) -> Response:
        return Response(request.data)


urlpatterns = [path("room/<what>", Room.as_view()), *ours]

pytestmark = [pytest.mark.database, pytest.mark.urls(__name__)]


@pytest.fixture
def alice(world: World) -> Client:
    return Client(headers={"authorization": f"Bearer {world.alice.token}"})


def envelope(response: Any) -> tuple[int, str, Any]:
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert list(body) == ["code", "message", "data"]
    assert body["code"] == (0 if response.status_code < 400 else response.status_code)
    return body["code"], body["message"], body["data"]


def test_it_works(alice: Client) -> None:
    for data in ({"name": "渡轮"}, [1, 2], "text", None):
        sent = alice.post("/room/x", json.dumps(data), content_type="application/json")
        assert envelope(sent) == (0, "", data)


def test_it_checks_access(world: World) -> None:
    response = Client().get("/room/conflict")
    code, message, data = envelope(response)
    assert (code, data) == (401, None)
    assert message
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("conflict", (409, "It is running", {"id": "a1"})),
        ("later", (429, "Not now", {"retry_after": 3})),
        ("unreadable", (422, "The file is empty.", None)),
        ("strangers", (401, "Who are you?", None)),
        ("forbidden", (403, "You do not have permission to perform this action.", None)),
        ("nothing", (404, "No such room", None)),
        ("suspicious", (400, "Too many fields", None)),
        ("nested", (400, "`name`: Too short. Too dull. `ids`: No list.", None)),
    ],
)
def test_errors_are_told_in_a_sentence(
    alice: Client, what: str, expected: tuple[int, str, Any]
) -> None:
    assert envelope(alice.get(f"/room/{what}")) == expected


def test_who_comes_too_often_is_told_when_to_come_back(alice: Client) -> None:
    assert alice.get("/room/later").headers["Retry-After"] == "3"
    response = alice.get("/room/throttled")
    assert envelope(response)[0] == 429
    assert response.headers["Retry-After"] == "7"


def test_our_own_failures_are_named_in_the_log_and_say_nothing_else(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    code, message, data = envelope(alice.get("/room/broken"))
    assert (code, data) == (500, None)
    assert "secret" not in message
    [incident] = [record for record in caplog.records if record.name == "core.error_reporting"]
    assert incident.levelno == logging.ERROR
    assert message.endswith(incident.getMessage().removeprefix("Incident "))
    assert "a secret" in caplog.text


def test_a_page_cannot_write_with_the_cookie_alone(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user)
    code, message, _ = envelope(browser.post("/room/x", {}, content_type="application/json"))
    assert code == 403
    assert "CSRF" in message

    browser.cookies[django_settings.CSRF_COOKIE_NAME] = "x" * 32
    headers = {"x-csrftoken": "x" * 32}
    allowed = browser.post("/room/x", {}, content_type="application/json", headers=headers)
    assert envelope(allowed) == (0, "", {})


def test_a_method_that_is_not_there(alice: Client) -> None:
    response = alice.patch("/room/x")
    assert envelope(response)[0] == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
def test_a_body_of_a_kind_that_is_not_read(alice: Client, kind: str) -> None:
    code, message, _ = envelope(alice.post("/room/x", "{}", content_type=kind))
    assert code == 415
    assert kind in message


@pytest.mark.parametrize("body", ["{", "[1,]", b"\xff", "[" * 100_000])
def test_a_body_that_is_not_json(alice: Client, body: Any) -> None:
    assert envelope(alice.post("/room/x", body, content_type="application/json"))[0] == 400


@pytest.mark.parametrize("accepted", ["text/html", "application/json", "*/*", "nonsense"])
def test_it_is_json_whatever_is_accepted(alice: Client, accepted: str) -> None:
    envelope(alice.get("/room/conflict", headers={"accept": accepted}))


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/chats/x/y/z", "/api/v2/chats"])
def test_an_address_where_there_is_nothing(alice: Client, address: str) -> None:
    for response in (alice.get(address), alice.post(address), Client().get(address)):
        assert envelope(response)[0] == 404
