"""Programs log in with a password, over REST."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth import hashers
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.models import User
from tests.support.world import PASSWORD, World

WRONG = "The name or the password is wrong"


def log_in(body: Any, **headers: str) -> Any:
    return Client().post(
        "/api/v1/auth/login", json.dumps(body), content_type="application/json", headers=headers
    )


@pytest.mark.parametrize(
    "name", [{"username": "alice"}, {"email": "alice@example.org"}, {"email": "Alice@Example.org"}]
)
def test_a_user_name_or_an_email_address_logs_in(
    world: World, settings: LazySettings, name: dict[str, str]
) -> None:
    settings.JWT_LIFETIME_S = 120
    response = log_in({**name, "password": PASSWORD})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    data = response.json()["data"]
    assert data["token_type"] == "Bearer"
    assert data["expires_in"] == 120
    identity = authenticate(Credentials((data["access_token"],)))
    assert identity.user == world.alice.user


@pytest.mark.parametrize(
    "body",
    [
        {"username": "alice", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "charlie", "password": PASSWORD},
        {"username": "charlie", "password": "wrong"},
        {"email": "nobody@example.org", "password": PASSWORD},
        {"username": "bob@example.org", "password": PASSWORD},
    ],
)
def test_wrong_names_and_passwords_get_the_same_error(world: World, body: dict[str, str]) -> None:
    response = log_in(body)
    assert response.status_code == 401
    assert response.json() == {"code": 401, "message": WRONG, "data": None}


@pytest.mark.parametrize(
    "name",
    [
        {"username": "alice"},
        {"username": "charlie"},
        {"username": "nobody"},
        {"email": "charlie@example.org"},
        {"email": "nobody@example.org"},
    ],
)
def test_the_same_work_is_done_whatever_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch, name: dict[str, str]
) -> None:
    """Hashing is what takes time, so the clock is a count of hashes."""
    hashed: list[str] = []

    class CountingHasher(MD5PasswordHasher):
        def encode(self, password: str, salt: str) -> str:
            hashed.append(password)
            return super().encode(password, salt)

    monkeypatch.setattr(hashers, "get_hashers", lambda: [CountingHasher()])
    monkeypatch.setattr(hashers, "get_hasher", lambda *_: CountingHasher())
    monkeypatch.setattr(hashers, "identify_hasher", lambda *_: CountingHasher())
    assert log_in({**name, "password": "wrong"}).status_code == 401
    assert hashed == ["wrong"]


def test_an_email_address_of_two_users_logs_in_neither(world: World) -> None:
    User.objects.filter(pk=world.bob.user.pk).update(email="alice@example.org")
    assert log_in({"email": "alice@example.org", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "alice",
        {"username": "alice"},
        {"password": PASSWORD},
        {"username": "alice", "email": "alice@example.org", "password": PASSWORD},
        {"username": "", "password": PASSWORD},
        {"username": "al\x00ice", "password": PASSWORD},
        {"username": "alice", "password": "\ud800"},
        {"username": ["alice"], "password": PASSWORD},
        {"username": "alice", "password": {"$gt": ""}},
        {"username": "a" * 255, "password": PASSWORD},
        {"username": "alice", "password": "x" * 4097},
    ],
)
def test_an_invalid_body_is_a_400(world: World, body: Any) -> None:
    response = log_in(body)
    assert response.status_code == 400
    assert response.json()["message"]


def test_an_invalid_credential_in_the_header_is_ignored(world: World) -> None:
    body = {"username": "alice", "password": PASSWORD}
    assert log_in(body, authorization="Bearer nonsense").status_code == 200


def test_getting_is_not_allowed(world: World) -> None:
    assert Client().get("/api/v1/auth/login").status_code == 405
