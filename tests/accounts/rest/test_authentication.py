"""Authentication of REST requests, with a view of the test's own."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import NO_CREDENTIAL
from accounts.identity import Identity
from accounts.models import APIToken
from tests.support.world import World


class WhoAmI(APIView):
    def get(self, request: Request) -> Response:
        assert isinstance(request.auth, Identity)
        return Response({"user": request.user.username, "by": request.auth.credential})

    post = get


urlpatterns = [path("who", WhoAmI.as_view())]

pytestmark = pytest.mark.urls(__name__)


def test_a_valid_credential_is_accepted_wherever_it_is_sent(world: World) -> None:
    alice = world.alice
    for headers, query, by in (
        ({"authorization": f"Bearer {alice.token}"}, "", "token"),
        ({"authorization": alice.jwt()}, "", "jwt"),
        ({"authorization": f"Bearer {alice.jwt()}"}, "", "jwt"),
        ({}, f"?token={alice.token}", "token"),
        ({"origin": "https://elsewhere.example"}, f"?token={alice.token}", "token"),
    ):
        response = Client(enforce_csrf_checks=True).post(f"/who{query}", headers=headers)
        assert response.json()["data"] == {"user": "alice", "by": by}
    assert APIToken.objects.get(pk=alice.token_row.pk).last_used_at is not None


@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        (None, ""),
        ("", ""),
        ("Bearer", ""),
        ("Bearer nonsense", ""),
        ("Bearer caf\xe9", ""),
        ("x" * 5000, ""),
        (None, "?token="),
        (None, "?token=a&token=b"),
        (None, "?token=%FF%00"),
        (None, "?token=" + "x" * 5000),
    ],
)
def test_without_a_valid_credential_it_is_a_401(
    world: World, authorization: str | None, query: str
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    response = Client().get(f"/who{query}", headers=headers)
    assert response.status_code == 401
    assert response.json()["code"] == 401
    assert response.json()["message"]
    assert response.json()["data"] is None


def test_without_a_credential_it_says_how_to_send_one(world: World) -> None:
    """In the words of the socket."""
    assert Client().get("/who").json()["message"] == NO_CREDENTIAL


def test_an_inactive_user_is_refused(world: World) -> None:
    response = Client().get("/who", headers={"authorization": f"Bearer {world.charlie.token}"})
    assert response.status_code == 401


def test_the_login_cookie_reads_and_writes_only_with_the_csrf_token(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice.user)
    assert browser.get("/who").json()["data"] == {"user": "alice", "by": "cookie"}
    assert browser.post("/who").status_code == 403

    browser.cookies[django_settings.CSRF_COOKIE_NAME] = "x" * 32
    response = browser.post(
        "/who", {}, content_type="application/json", headers={"x-csrftoken": "x" * 32}
    )
    assert response.json()["data"] == {"user": "alice", "by": "cookie"}


def test_credentials_of_two_users_are_refused(world: World) -> None:
    browser = Client()
    browser.force_login(world.alice.user)
    response = browser.get("/who", headers={"authorization": f"Bearer {world.bob.token}"})
    assert response.status_code == 401
    assert "different users" in response.json()["message"]
