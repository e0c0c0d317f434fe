"""API tokens over REST: issued, listed, rotated and revoked by their user."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.api_tokens.tokens import issue_token
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated, TooManyTokens
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


def test_a_user_has_so_many_active_tokens(world: World, settings: Any) -> None:
    """Each has limits of its own, so that any number of them would have none."""
    settings.MAX_TOKENS_PER_USER = 3
    alice = logged_in(world.alice)
    made = [data_of(post(alice, TOKENS, {"name": "x"}), 201) for _ in range(2)]
    said = refusal_of(post(alice, TOKENS, {"name": "x"}), 409)
    assert said == "alice has 3 active API tokens, as many as allowed: revoke one first"
    data_of(post(logged_in(world.bob), TOKENS, {"name": "x"}), 201)
    # Rotating is still possible, but no way to any number of them.
    rotated = [data_of(post(alice, f"{TOKENS}/{made[0]['id']}/rotate", {}), 201)]
    for _ in range(2):
        rotated += [data_of(post(alice, f"{TOKENS}/{rotated[-1]['id']}/rotate", {}), 201)]
    refusal_of(post(alice, f"{TOKENS}/{rotated[-1]['id']}/rotate", {}), 409)
    for token in (*made, *rotated):
        alice.delete(f"{TOKENS}/{token['id']}")
    data_of(post(alice, TOKENS, {"name": "x"}), 201)
    settings.MAX_TOKENS_PER_USER = 0
    for _ in range(5):
        data_of(post(alice, TOKENS, {"name": "x"}), 201)


@pytest.mark.django_db(transaction=True)
def test_of_many_issued_at_once_none_is_beyond_the_cap(world: World, settings: Any) -> None:
    settings.MAX_TOKENS_PER_USER = 5
    start = Barrier(10)

    def issue(_: int) -> bool:
        start.wait()
        try:
            issue_token(world.alice.user, "x")
        except TooManyTokens:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as people:
        assert sum(people.map(issue, range(10))) == 4


def test_tokens_are_listed_in_pages_newest_first(world: World) -> None:
    alice = logged_in(world.alice)
    for name in "abc":
        data_of(post(alice, TOKENS, {"name": name}), 201)
    pages = [
        [token["name"] for token in data_of(alice.get(TOKENS, {"page": page, "page_size": 3}))]
        for page in (1, 2, 3)
    ]
    assert pages == [["c", "b", "a"], ["alice's laptop"], []]
