"""API tokens: their text, their validity, and the record of their use."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.api_tokens.tokens import issue_token, record_use, revoke_tokens
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.models import APIToken, User
from accounts.secret_format import is_token_text, new_token_text
from tests.support.world import World


def identify(secret: str) -> Identity:
    return authenticate(Credentials(explicit=(secret,)))


def test_a_token_identifies_its_user(world: World) -> None:
    identity = identify(world.alice.token)
    assert identity.user == world.alice.user
    assert identity.credential == "token"
    assert identity.token_id == world.alice.token_row.id
    assert identity.expires_at is None


def test_the_text_of_a_token_has_the_published_form() -> None:
    assert re.fullmatch(r"ragflow-[0-9A-Za-z]{38}", new_token_text())
    assert new_token_text() != new_token_text()


@pytest.mark.parametrize("position", [8, 20, 39, 45])
def test_a_typing_error_is_found_without_a_query(
    world: World, django_assert_num_queries: DjangoAssertNumQueries, position: int
) -> None:
    token = world.alice.token
    other = "0" if token[position] != "0" else "1"
    with django_assert_num_queries(0), pytest.raises(NotAuthenticated, match="mistyped"):
        identify(token[:position] + other + token[position + 1 :])


@pytest.mark.parametrize("text", ["ragflow-", "ragflow-x", "ragflow-" + "é" * 38, "", "RAGFLOW-"])
def test_a_text_that_only_begins_like_a_token_is_invalid(text: str) -> None:
    assert not is_token_text(text)


def test_an_unknown_token_is_refused(world: World) -> None:
    with pytest.raises(NotAuthenticated, match="no such API token"):
        identify(new_token_text())


def test_only_the_hash_and_a_hint_are_stored(world: World) -> None:
    stored = str(APIToken.objects.filter(user=world.alice.user).values().get())
    secret = world.alice.token
    assert secret not in stored
    assert secret[8:40] not in stored
    assert world.alice.token_row.hint == f"{secret[:12]}…{secret[-4:]}"


def test_revoked_expired_and_inactive_are_refused_at_the_next_use(world: World) -> None:
    assert revoke_tokens(APIToken.objects.filter(user=world.alice.user)) == 1
    with pytest.raises(NotAuthenticated, match="revoked"):
        identify(world.alice.token)
    assert revoke_tokens(APIToken.objects.filter(user=world.alice.user)) == 0

    APIToken.objects.filter(user=world.bob.user).update(expires_at=timezone.now())
    with pytest.raises(NotAuthenticated, match="expired"):
        identify(world.bob.token)

    with pytest.raises(NotAuthenticated, match="not active"):
        identify(world.charlie.token)


def test_the_identity_knows_when_it_ends(world: World) -> None:
    end = timezone.now() + timedelta(days=1)
    assert identify(issue_token(world.alice.user, "short", end).secret).expires_at == end


def test_a_name_is_needed_and_may_not_be_too_long(world: World) -> None:
    for name in ("", "x" * 101):
        with pytest.raises(ValidationError):
            issue_token(world.alice.user, name)


def test_use_is_recorded_at_most_once_a_minute(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record_use(identify(world.alice.token))
    first = APIToken.objects.get(pk=world.alice.token_row.pk).last_used_at
    assert first is not None

    with django_assert_num_queries(1):
        record_use(identify(world.alice.token))

    hour_ago = timezone.now() - timedelta(hours=1)
    APIToken.objects.filter(pk=world.alice.token_row.pk).update(last_used_at=hour_ago)
    record_use(identify(world.alice.token))
    again = APIToken.objects.get(pk=world.alice.token_row.pk).last_used_at
    assert again is not None
    assert again > hour_ago


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("active", ["alice's laptop"]),
        ("expired", ["bob's laptop"]),
        ("revoked", ["charlie's laptop"]),
    ],
)
def test_tokens_can_be_filtered_by_state(world: World, state: str, names: list[str]) -> None:
    APIToken.objects.filter(user=world.bob.user).update(expires_at=timezone.now())
    revoke_tokens(APIToken.objects.filter(user=world.charlie.user))
    tokens = APIToken.objects.all().in_state(state)
    assert [token.name for token in tokens] == names
    assert {token.state for token in tokens} == {state}


def test_the_login_stamp_follows_the_password(world: World) -> None:
    before = world.alice.user.login_stamp
    world.alice.user.set_password("another password")
    assert world.alice.user.login_stamp != before
    assert User.objects.get(pk=world.bob.user.pk).login_stamp != before
