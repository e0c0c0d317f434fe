"""API tokens over REST: issued, listed, rotated and revoked by their user."""

from typing import Any

import pytest
from django.test import Client

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.models import APIToken
from core.ids import new_id
from tests.support.rest_client import client_of, data_of, refusal_of
from tests.support.world import Person, World

TOKENS = "/api/v1/tokens"


def logged_in(person: Person) -> Client:
    return Client(headers={"authorization": person.jwt()})


def post(client: Client, address: str, body: Any) -> Any:
    return client.post(address, body, content_type="application/json")


def test_a_user_issues_lists_rotates_and_revokes_tokens(world: World) -> None:
    alice = logged_in(world.alice)
    body = {"name": "page", "days": 7, "scopes": ["chat"], "dialogs": [world.dialog.pk.hex]}
    response = post(alice, TOKENS, {**body, "origins": ["https://a.example"]})
    made = data_of(response, 201)
    assert response.headers["Cache-Control"] == "no-store"
    identity = authenticate(Credentials((made["token"],), origin="https://a.example"))
    assert identity.user == world.alice.user
    assert identity.scopes == {"chat"}
    assert identity.expires_at

    listed = data_of(alice.get(TOKENS))
    assert {token["name"] for token in listed} == {"page", "alice's laptop"}
    assert not any("token" in token for token in listed)
    shown = data_of(alice.get(f"{TOKENS}/{made['id']}"))
    assert {**shown, "token": made["token"]} == made

    new = data_of(post(alice, f"{TOKENS}/{made['id']}/rotate", {"overlap_hours": 0}), 201)
    assert new["token"] != made["token"]
    assert data_of(alice.get(f"{TOKENS}/{made['id']}"))["replaced_by"] == new["id"]

    assert data_of(alice.delete(f"{TOKENS}/{new['id']}")) is None
    with pytest.raises(NotAuthenticated, match="revoked"):
        authenticate(Credentials((new["token"],), origin="https://a.example"))
    assert "rotated before" in refusal_of(post(alice, f"{TOKENS}/{new['id']}/rotate", {}), 409)


def test_tokens_are_managed_by_a_login_of_their_user_only(world: World) -> None:
    own = f"{TOKENS}/{world.alice.token_row.pk.hex}"
    for client, code in (
        (Client(), 401),
        (logged_in(world.bob), 404),
        (client_of(world.alice), 403),
    ):
        refusal_of(client.get(own), code)
        refusal_of(client.delete(own), code)
        refusal_of(post(client, f"{own}/rotate", {}), code)
    refusal_of(Client().get(TOKENS), 401)
    refusal_of(post(Client(), TOKENS, {"name": "x"}), 401)
    assert "log in" in refusal_of(post(client_of(world.alice), TOKENS, {"name": "x"}), 403)
    assert APIToken.objects.get(pk=world.alice.token_row.pk).revoked_at is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": ""},
        {"name": "x", "days": 0},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "dialogs": [new_id().hex]},
        {"name": "x", "dialogs": ["nonsense"]},
        {"name": "x", "origins": ["app.example.org"]},
        {"name": "x", "allow_in_url": "perhaps"},
    ],
)
def test_a_wrong_body_issues_nothing(world: World, body: Any) -> None:
    count = APIToken.objects.count()
    refusal_of(post(logged_in(world.alice), TOKENS, body), 400)
    assert APIToken.objects.count() == count
