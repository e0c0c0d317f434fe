"""Refresh tokens: each is good once, and a second use ends its login."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.logins.refresh_tokens import IssuedLogin, begin_login, refresh_login
from accounts.models import Login, RefreshToken, User
from tests.support.credential_changes import superuser_client
from tests.support.rest_client import data_of, refusal_of
from tests.support.world import PASSWORD, World


def post(address: str, body: Any, **headers: str) -> Any:
    return Client().post(
        f"/api/v1/auth/{address}",
        json.dumps(body),
        content_type="application/json",
        headers=headers,
    )


def log_in() -> Any:
    return data_of(post("login", {"username": "alice", "password": PASSWORD}))


def is_good(jwt: str) -> bool:
    try:
        authenticate(Credentials((jwt,)))
    except NotAuthenticated:
        return False
    return True


def test_a_refresh_token_is_good_for_a_jwt_and_a_new_refresh_token(world: World) -> None:
    first = log_in()
    response = post("refresh", {"refresh_token": first["refresh_token"]})
    assert response.headers["Cache-Control"] == "no-store"
    second = data_of(response)
    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert is_good(first["access_token"])
    assert is_good(second["access_token"])
    data_of(post("refresh", {"refresh_token": second["refresh_token"]}))


def test_any_other_text_is_refused(world: World) -> None:
    log_in()
    for secret in ("nonsense", "x" * 43, world.alice.token, world.alice.jwt()[:100]):
        refusal_of(post("refresh", {"refresh_token": secret}), 401)
    bodies: list[Any] = [{}, [], {"refresh_token": ""}, {"refresh_token": "x" * 101}]
    for body in bodies:
        refusal_of(post("refresh", body), 400)


def test_only_hashes_are_kept(world: World) -> None:
    secret = log_in()["refresh_token"]
    assert secret not in str(list(RefreshToken.objects.values()))


def test_a_second_use_ends_the_login(world: World) -> None:
    other, first = log_in(), log_in()
    second = data_of(post("refresh", {"refresh_token": first["refresh_token"]}))
    refused = refusal_of(post("refresh", {"refresh_token": first["refresh_token"]}), 401)
    assert "used before" in refused
    refusal_of(post("refresh", {"refresh_token": second["refresh_token"]}), 401)
    for jwt in (first["access_token"], second["access_token"]):
        assert not is_good(jwt)
    assert is_good(other["access_token"])


@pytest.fixture
def login(world: World) -> IssuedLogin:
    return begin_login(world.alice.user)


def assert_ended(login: IssuedLogin) -> None:
    assert not is_good(login.access.text)
    with pytest.raises(NotAuthenticated, match="has ended"):
        refresh_login(login.refresh_token)


def test_a_new_password_ends_it(world: World, login: IssuedLogin) -> None:
    world.alice.user.set_password("quite another one")
    world.alice.user.save()
    assert_ended(login)


def test_deactivating_ends_it(world: World, login: IssuedLogin) -> None:
    User.objects.filter(pk=world.alice.user.pk).update(is_active=False)
    assert_ended(login)


def test_a_refresh_token_expires(world: World, login: IssuedLogin) -> None:
    Login.objects.update(expires_at=timezone.now())
    with pytest.raises(NotAuthenticated, match="has ended"):
        refresh_login(login.refresh_token)
    assert is_good(login.access.text)


def test_a_refresh_prolongs_the_login(world: World, login: IssuedLogin) -> None:
    Login.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    refresh_login(login.refresh_token)
    assert Login.objects.get().expires_at > timezone.now() + timedelta(days=1)


def test_it_ends_however_often_it_is_refreshed(
    world: World, login: IssuedLogin, settings: Any
) -> None:
    settings.LOGIN_LIFETIME_DAYS = 100
    Login.objects.update(created_at=timezone.now() - timedelta(days=99, hours=23))
    again = refresh_login(login.refresh_token)
    assert again.refresh_lifetime_s == pytest.approx(3600, abs=60)
    Login.objects.update(created_at=timezone.now() - timedelta(days=100))
    last = refresh_login(again.refresh_token)
    assert last.refresh_lifetime_s == 0
    with pytest.raises(NotAuthenticated, match="has ended"):
        refresh_login(last.refresh_token)


def test_expired_logins_are_cleaned_up(world: World, login: IssuedLogin) -> None:
    Login.objects.update(expires_at=timezone.now() - timedelta(days=2))
    begin_login(world.bob.user)
    assert Login.objects.get().user == world.bob.user
    assert RefreshToken.objects.count() == 1


@pytest.mark.parametrize("by", ["refresh token", "JWT"])
def test_logging_out_ends_it(world: World, login: IssuedLogin, by: str) -> None:
    other = begin_login(world.alice.user)
    if by == "JWT":
        data_of(post("logout", {}, authorization=f"Bearer {login.access.text}"))
    else:
        body = {"refresh_token": login.refresh_token}
        data_of(post("logout", body, authorization="Bearer an-expired-one"))
    assert_ended(login)
    assert is_good(other.access.text)


def test_logging_out_needs_a_login(world: World, login: IssuedLogin) -> None:
    refusal_of(post("logout", {}), 401)
    refusal_of(post("logout", {}, authorization=f"Bearer {world.alice.token}"), 401)
    # The same response, so that refresh tokens cannot be probed.
    data_of(post("logout", {"refresh_token": "x" * 43}))
    assert is_good(login.access.text)


def test_the_admin_ends_logins(world: World, login: IssuedLogin) -> None:
    form = {"action": "end", "_selected_action": Login.objects.get().pk}
    admin = superuser_client()
    assert admin.get("/admin/accounts/login/").status_code == 200
    page = admin.post("/admin/accounts/login/", form, follow=True)
    assert "1 login was ended." in page.content.decode()
    assert_ended(login)
