"""ASVS 5.0.0: V4.4 WebSocket, V7 Session Management, V9 Self-contained Tokens, requirement by
requirement, as far as no other test covers it.

`docs/security-standards.md` has all of them, and `test_table.py` checks that it names all of these.
"""

from __future__ import annotations

import math
import re
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import authenticate as check_password
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.authenticate import authenticate, find_identity
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.logins.login_jwt import key_id
from accounts.logins.login_links import issue_login_link
from accounts.logins.refresh_tokens import IssuedLogin, begin_login, refresh_login
from accounts.logins.session_store import SessionStore
from accounts.models import User
from accounts.secret_format import new_token_text
from accounts.tickets.tickets import issue_ticket, use_ticket
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.django_db


def signed_in() -> Client:
    browser = Client()
    browser.post("/login", {"username": "alice", "password": PASSWORD})
    return browser


def key_of(browser: Client) -> str:
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def is_signed_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def user_of(secret: str) -> User:
    return authenticate(Credentials((secret,))).user


@pytest.fixture
def login(world: World) -> IssuedLogin:
    return begin_login(world.alice.user)


def test_v7_2_2_tokens_are_made_for_each_session(world: World) -> None:
    """A second login of the same user shares nothing with the first."""
    first, second = (begin_login(world.alice.user) for _ in range(2))
    assert first.access.text != second.access.text
    assert first.refresh_token != second.refresh_token
    assert key_of(signed_in()) != key_of(signed_in())
    parent = find_identity(Credentials((world.alice.token,)))
    assert parent
    assert issue_ticket(parent) != issue_ticket(parent)


def test_v7_2_3_reference_tokens_cannot_be_guessed(world: World, login: IssuedLogin) -> None:
    """At least 128 bits. Their randomness is up to Python's `secrets`."""
    parent = find_identity(Credentials((world.alice.token,)))
    assert parent
    store = SessionStore()
    store.create()
    for secret, letters in (
        (store.session_key, 36),
        (login.refresh_token, 64),
        (issue_ticket(parent), 64),
        (issue_login_link(world.alice.user), 64),
        # The last six are a checksum of the others.
        (new_token_text().removeprefix("ragflow-")[:-6], 62),
    ):
        assert secret
        assert len(secret) * math.log2(letters) >= 128
        assert len(set(secret)) > 8


def test_v7_2_4_signing_in_makes_a_new_session_and_ends_the_old(world: World) -> None:
    browser = signed_in()
    before = key_of(browser)
    browser.post("/login", {"username": "alice", "password": PASSWORD})
    assert key_of(browser) != before
    assert is_signed_in(browser)
    browser.cookies[settings.SESSION_COOKIE_NAME] = before
    assert not is_signed_in(browser)
    # Nor is a key accepted that an attacker has planted.
    fresh = Client()
    fresh.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    fresh.post("/login", {"username": "alice", "password": PASSWORD})
    assert key_of(fresh) != "a" * 32


def test_v7_3_2_using_it_does_not_prolong_a_session(world: World) -> None:
    browser = signed_in()
    end = Session.objects.get().expire_date
    assert is_signed_in(browser)
    assert browser.get("/api/v1/chats").status_code == 200
    assert Session.objects.get().expire_date == end


def test_v7_4_1_a_session_that_has_ended_cannot_be_used(world: World) -> None:
    """The browser does not cache the page, and the cookie is refused by pages, REST and socket."""
    browser = signed_in()
    assert "no-store" in browser.get("/")["Cache-Control"]
    key = key_of(browser)
    browser.post("/logout")
    browser.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_signed_in(browser)
    assert browser.get("/api/v1/chats").status_code == 401
    cookie = Credentials(login_session=key, login_session_trusted=True)
    with pytest.raises(NotAuthenticated):
        authenticate(cookie)


def test_v7_4_2_a_deactivated_user_has_no_session(world: World, login: IssuedLogin) -> None:
    browser = signed_in()
    User.objects.filter(pk=world.alice.user.pk).update(is_active=False)
    assert not is_signed_in(browser)
    for secret in (login.access.text, world.alice.token):
        with pytest.raises(NotAuthenticated):
            user_of(secret)
    with pytest.raises(NotAuthenticated):
        refresh_login(login.refresh_token)


def test_v7_4_3_a_new_password_ends_all_other_sessions(world: World, login: IssuedLogin) -> None:
    """Except the one in which it was changed."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True)
    here, there = signed_in(), signed_in()
    names = ("old_password", "new_password1", "new_password2")
    form = dict(zip(names, (PASSWORD, "quite another one", "quite another one"), strict=True))
    assert here.post("/admin/password_change/", form).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)
    with pytest.raises(NotAuthenticated):
        user_of(login.access.text)


def test_v7_4_4_every_page_has_a_logout_button(world: World) -> None:
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True)
    browser = signed_in()
    for page in ("/", "/admin/", "/admin/password_change/"):
        html = browser.get(page).content.decode()
        assert re.search(r'<form [^>]*method="post" action="/(admin/)?logout/?"', html), page


def test_v7_5_1_a_new_password_needs_the_old_one(world: World) -> None:
    """Users can change no other authentication data themselves."""
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True)
    names = ("old_password", "new_password1", "new_password2")
    form = dict(zip(names, ("wrong", "quite another one", "quite another one"), strict=True))
    assert signed_in().post("/admin/password_change/", form).status_code == 200
    assert check_password(username="alice", password=PASSWORD)


@pytest.mark.parametrize("header", ["jwk", "jku", "x5u", "x5c"])
def test_v9_1_3_a_jwt_cannot_bring_its_own_key(world: World, header: str) -> None:
    """The attacker's key under the id of ours."""
    theirs = "the attacker's own key, which is long enough"
    claims = jwt.decode(world.alice.jwt(), options={"verify_signature": False})
    brought: dict[str, Any] = {
        "jwk": {"kty": "oct", "k": theirs},
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/chain",
        "x5c": ["MIIB"],
    }
    headers = {"kid": key_id(settings.JWT_KEY), header: brought[header]}
    with pytest.raises(NotAuthenticated):
        user_of(jwt.encode(claims, theirs, "HS256", headers=headers))
    # The header itself is not the reason for the refusal.
    assert user_of(jwt.encode(claims, settings.JWT_KEY, "HS256", headers=headers))


def test_v9_2_2_each_kind_is_good_for_its_own_purpose(world: World, login: IssuedLogin) -> None:
    parent = find_identity(Credentials((world.alice.token,)))
    assert parent
    ticket, key = issue_ticket(parent), key_of(signed_in())
    for secret in (login.refresh_token, ticket, key):
        with pytest.raises(NotAuthenticated):
            user_of(secret)
    for secret in (login.access.text, world.alice.token, login.refresh_token, key):
        with pytest.raises(NotAuthenticated):
            use_ticket(secret)
    for secret in (login.access.text, world.alice.token, ticket, key):
        with pytest.raises(NotAuthenticated):
            refresh_login(secret)
    assert use_ticket(ticket).user == user_of(login.access.text) == world.alice.user
    assert refresh_login(login.refresh_token)
