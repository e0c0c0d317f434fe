"""Restrictions of API tokens, their rotation, and how they are found."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.api_tokens.restrictions import Restrictions, restrictions_of
from accounts.api_tokens.tokens import (
    count_usage,
    find_token,
    issue_token,
    record_use,
    rotate_token,
)
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated, NotRotatable
from accounts.identity import Identity
from accounts.models import APIToken
from accounts.scopes import ALL_SCOPES, Scope
from chat.models import Dialog
from core.ids import new_id
from tests.support.world import World

HOUR = timedelta(hours=1)
PAGE = "https://app.example.org"


def identify(secret: str, **sent: Any) -> Identity:
    return authenticate(Credentials((secret,), **sent))


def test_without_restrictions_it_may_do_everything(world: World) -> None:
    identity = identify(world.alice.token)
    assert identity.scopes == ALL_SCOPES
    assert identity.dialogs is None
    assert (identity.allow_in_url, identity.origins) == (True, frozenset())


def test_the_identity_has_the_restrictions(world: World) -> None:
    restrictions = Restrictions(
        frozenset({Scope.READ}), (world.dialog.pk,), (PAGE,), allow_in_url=False
    )
    issued = issue_token(world.alice.user, "page", restrictions=restrictions)
    identity = identify(issued.secret, origin=PAGE)
    assert identity.scopes == {Scope.READ}
    assert identity.dialogs == frozenset({world.dialog.pk})
    assert identity.origins == {("https", "app.example.org", 443)}
    assert not identity.allow_in_url
    assert restrictions_of(APIToken.objects.get(pk=issued.token.pk)) == restrictions


@pytest.mark.parametrize(
    "restrictions",
    [
        Restrictions(scopes=frozenset()),
        Restrictions(origins=("app.example.org",)),
        Restrictions(origins=(f"{PAGE}/path",)),
        Restrictions(dialogs=(new_id(),)),
    ],
)
def test_invalid_restrictions_are_refused(world: World, restrictions: Restrictions) -> None:
    with pytest.raises(ValidationError):
        issue_token(world.alice.user, "page", restrictions=restrictions)


def test_a_dialog_of_somebody_else_is_refused(world: World) -> None:
    theirs = Dialog.objects.create(owner=world.bob.user, name="Theirs")
    with pytest.raises(ValidationError, match="dialogs of the token's user"):
        issue_token(world.alice.user, "page", restrictions=Restrictions(dialogs=(theirs.pk,)))


def test_one_that_may_not_be_in_an_address_is_refused_there(world: World) -> None:
    secret = issue_token(
        world.alice.user, "script", restrictions=Restrictions(allow_in_url=False)
    ).secret
    assert identify(secret).user == world.alice.user
    with pytest.raises(NotAuthenticated, match="may not be sent in an address"):
        identify(secret, in_url=secret)
    assert identify(world.alice.token, in_url=world.alice.token).user == world.alice.user


@pytest.mark.parametrize(
    ("origin", "is_accepted"),
    [
        (PAGE, True),
        ("HTTPS://APP.EXAMPLE.ORG:443", True),
        ("http://app.example.org", False),
        ("https://app.example.org.evil.example", False),
        ("https://app.example.org:8443", False),
        ("null", False),
        (None, False),
    ],
)
def test_one_that_lists_its_pages_works_there_only(
    world: World, origin: str | None, is_accepted: bool
) -> None:
    secret = issue_token(
        world.alice.user, "page", restrictions=Restrictions(origins=(PAGE,))
    ).secret
    if is_accepted:
        assert identify(secret, origin=origin)
    else:
        with pytest.raises(NotAuthenticated, match="`Origin`"):
            identify(secret, origin=origin)


def test_a_rotated_token_has_a_new_secret_and_the_same_restrictions(world: World) -> None:
    restrictions = Restrictions(frozenset({Scope.CHAT}), origins=(PAGE,))
    old = issue_token(world.alice.user, "page", timezone.now() + timedelta(days=30), restrictions)
    new = rotate_token(old.token, HOUR)
    assert new.secret != old.secret
    assert (new.token.name, restrictions_of(new.token)) == ("page", restrictions)
    assert new.token.expires_at
    assert abs(new.token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)

    until = identify(old.secret, origin=PAGE).expires_at
    assert until
    assert abs(until - timezone.now() - HOUR) < timedelta(minutes=1)
    assert identify(new.secret, origin=PAGE).token_id == new.token.pk
    old.token.refresh_from_db()
    assert old.token.replaced_by == new.token


def test_without_an_overlap_the_old_one_expires_at_once(world: World) -> None:
    new = rotate_token(world.alice.token_row, timedelta(0))
    with pytest.raises(NotAuthenticated, match="expired"):
        identify(world.alice.token)
    assert identify(new.secret).expires_at is None


def test_the_overlap_does_not_prolong_a_token(world: World) -> None:
    end = timezone.now() + HOUR
    old = issue_token(world.alice.user, "short", end)
    rotate_token(old.token, 2 * HOUR)
    assert identify(old.secret).expires_at == end


def test_it_is_rotated_once(world: World) -> None:
    rotate_token(world.alice.token_row, HOUR)
    count = APIToken.objects.count()
    with pytest.raises(NotRotatable):
        rotate_token(world.alice.token_row, HOUR)
    assert APIToken.objects.count() == count


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_one_that_has_ended_is_not_rotated(world: World, field: str) -> None:
    tokens = APIToken.objects.filter(pk=world.alice.token_row.pk)
    tokens.update(**{field: timezone.now()})
    with pytest.raises(NotRotatable):
        rotate_token(tokens.get(), HOUR)


def test_it_is_found_by_id_hint_and_secret(world: World) -> None:
    row = world.alice.token_row
    for text in (row.pk.hex, str(row.pk), row.hint, world.alice.token):
        assert find_token(text) == row
    for text in ("", "alice", "ragflow-", row.hint[:8], new_id().hex):
        assert find_token(text) is None


def test_a_hint_that_two_share_finds_none(world: World) -> None:
    APIToken.objects.update(hint="ragflow-1234…5678")
    assert find_token("ragflow-1234…5678") is None


def test_usage_adds_up(world: World) -> None:
    for model_tokens in (30, 0, 12):
        count_usage(world.alice.token_row.pk, model_tokens)
    row = APIToken.objects.get(pk=world.alice.token_row.pk)
    assert (row.questions, row.model_tokens) == (3, 42)


def test_the_address_of_its_use_is_recorded(world: World) -> None:
    record_use(identify(world.alice.token), "192.0.2.7")
    assert APIToken.objects.get(pk=world.alice.token_row.pk).last_used_from == "192.0.2.7"


def test_use_without_a_token_is_not_recorded(world: World) -> None:
    record_use(replace(identify(world.alice.token), token_id=None), "192.0.2.7")
    assert APIToken.objects.get(pk=world.alice.token_row.pk).last_used_at is None
