"""The REST envelope: every response has it, whatever went wrong."""

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
    "unauthenticated": NotAuthenticated("Who are you?"),
    "forbidden": PermissionDenied(),
    "nothing": Http404("No such thing"),
    "suspicious": SuspiciousOperation("Too many fields"),
    "nested": ValidationError({"name": ["Too short.", "Too dull."], "ids": "No list."}),
    "throttled": Throttled(7),
    "broken": KeyError("a secret"),
}


class RaisingView(APIView):
    def get(self, request: Request, name: str) -> Response:
        raise RAISED[name]

    def post(self, request: Request, name: str) -> Response:
        return Response(request.data)


urlpatterns = [path("raise/<name>", RaisingView.as_view()), *ours]

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


def test_results_are_wrapped(alice: Client) -> None:
    for data in ({"name": "渡轮"}, [1, 2], "text", None):
        sent = alice.post("/raise/x", json.dumps(data), content_type="application/json")
        assert envelope(sent) == (0, "", data)


def test_without_a_credential_the_answer_is_401(world: World) -> None:
    response = Client().get("/raise/conflict")
    code, message, data = envelope(response)
    assert (code, data) == (401, None)
    assert message
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conflict", (409, "It is running", {"id": "a1"})),
        ("later", (429, "Not now", {"retry_after": 3})),
        ("unreadable", (422, "The file is empty.", None)),
        ("unauthenticated", (401, "Who are you?", None)),
        ("forbidden", (403, "You do not have permission to perform this action.", None)),
        ("nothing", (404, "No such thing", None)),
        ("suspicious", (400, "Too many fields", None)),
        ("nested", (400, "`name`: Too short. Too dull. `ids`: No list.", None)),
    ],
)
def test_errors_are_a_sentence(alice: Client, name: str, expected: tuple[int, str, Any]) -> None:
    assert envelope(alice.get(f"/raise/{name}")) == expected


def test_throttled_requests_get_retry_after(alice: Client) -> None:
    assert alice.get("/raise/later").headers["Retry-After"] == "3"
    response = alice.get("/raise/throttled")
    assert envelope(response)[0] == 429
    assert response.headers["Retry-After"] == "7"


def test_unexpected_errors_are_logged_and_reveal_nothing(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    code, message, data = envelope(alice.get("/raise/broken"))
    assert (code, data) == (500, None)
    assert "secret" not in message
    [incident] = [record for record in caplog.records if record.name == "core.error_reporting"]
    assert incident.levelno == logging.ERROR
    assert message.endswith(incident.getMessage().removeprefix("Incident "))
    assert "a secret" in caplog.text


def test_writing_with_the_cookie_takes_the_csrf_token(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user)
    code, message, _ = envelope(browser.post("/raise/x", {}, content_type="application/json"))
    assert code == 403
    assert "CSRF" in message

    browser.cookies[django_settings.CSRF_COOKIE_NAME] = "x" * 32
    headers = {"x-csrftoken": "x" * 32}
    allowed = browser.post("/raise/x", {}, content_type="application/json", headers=headers)
    assert envelope(allowed) == (0, "", {})


def test_an_unknown_method_is_405(alice: Client) -> None:
    response = alice.patch("/raise/x")
    assert envelope(response)[0] == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
def test_a_body_of_another_media_type_is_415(alice: Client, kind: str) -> None:
    code, message, _ = envelope(alice.post("/raise/x", "{}", content_type=kind))
    assert code == 415
    assert kind in message


@pytest.mark.parametrize("body", ["{", "[1,]", b"\xff", "[" * 100_000])
def test_a_body_that_is_not_json_is_400(alice: Client, body: Any) -> None:
    assert envelope(alice.post("/raise/x", body, content_type="application/json"))[0] == 400


@pytest.mark.parametrize("accepted", ["text/html", "application/json", "*/*", "nonsense"])
def test_the_answer_is_json_whatever_is_accepted(alice: Client, accepted: str) -> None:
    envelope(alice.get("/raise/conflict", headers={"accept": accepted}))


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/chats/x/y/z", "/api/v2/chats"])
def test_an_unknown_address_is_404(alice: Client, address: str) -> None:
    for response in (alice.get(address), alice.post(address), Client().get(address)):
        assert envelope(response)[0] == 404
