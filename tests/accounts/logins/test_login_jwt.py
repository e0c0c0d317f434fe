"""Login JWTs: valid, expired, forged, and after the end of their login."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from django.conf import LazySettings

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.logins.login_jwt import key_id
from tests.support.world import Person, World

OTHER_KEY = "another key, as long as it has to be: 32 bytes"


def identify(text: str) -> Identity:
    return authenticate(Credentials(explicit=(text,)))


def forge(
    person: Person, key: str, changes: Mapping[str, Any] | None = None, algorithm: str = "HS256"
) -> str:
    """A JWT of `person` with changed claims, signed with `key`. None removes a claim."""
    good = jwt.decode(person.jwt(), options={"verify_signature": False})
    claims = {
        name: value for name, value in {**good, **(changes or {})}.items() if value is not None
    }
    return jwt.encode(claims, key, algorithm, headers={"kid": key_id(key)})


def test_it_identifies_its_user_until_it_expires(world: World, settings: LazySettings) -> None:
    settings.JWT_LIFETIME_S = 60
    identity = identify(world.alice.jwt())
    assert identity.user == world.alice.user
    assert identity.credential == "jwt"
    assert identity.token_id is None
    assert identity.expires_at is not None
    assert 50 < (identity.expires_at - datetime.now(UTC)).total_seconds() <= 60


def test_it_expires(world: World, settings: LazySettings) -> None:
    settings.JWT_LIFETIME_S = -10
    with pytest.raises(NotAuthenticated, match="expired"):
        identify(world.alice.jwt())


def test_it_ends_with_a_new_password(world: World) -> None:
    text = world.alice.jwt()
    world.alice.user.set_password("quite another one")
    world.alice.user.save()
    with pytest.raises(NotAuthenticated, match="has ended"):
        identify(text)


def test_it_ends_when_the_user_is_deactivated_or_deleted(world: World) -> None:
    with pytest.raises(NotAuthenticated, match="has ended"):
        identify(world.charlie.jwt())
    text = world.bob.jwt()
    world.bob.user.delete()
    with pytest.raises(NotAuthenticated, match="has ended"):
        identify(text)


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid", "stamp"])
def test_every_claim_is_needed(world: World, settings: LazySettings, claim: str) -> None:
    with pytest.raises(NotAuthenticated):
        identify(forge(world.alice, settings.JWT_KEY, {claim: None}))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody else"},
        {"aud": "something else"},
        {"sub": "not an id"},
        {"sub": 7},
        {"sid": "not an id"},
        {"sid": 7},
        {"stamp": 7},
        {"exp": "soon"},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
    ],
)
def test_every_claim_is_checked(
    world: World, settings: LazySettings, changes: dict[str, Any]
) -> None:
    with pytest.raises(NotAuthenticated):
        identify(forge(world.alice, settings.JWT_KEY, changes))


def test_only_our_keys_and_our_algorithm_are_accepted(world: World, settings: LazySettings) -> None:
    good = world.alice.jwt()
    unsigned = jwt.encode(
        jwt.decode(good, options={"verify_signature": False}),
        "",
        "none",
        headers={"kid": key_id(settings.JWT_KEY)},
    )
    long_key = settings.JWT_KEY * 2
    settings.JWT_KEY_FALLBACKS = [long_key]
    for text in (
        forge(world.alice, OTHER_KEY),
        forge(world.alice, long_key, algorithm="HS512"),
        unsigned,
        good[:-4] + "AAAA",
        good.rsplit(".", 1)[0] + ".",
        "e30.e30.e30",
        "..",
        "x",
        "x" * 4096,
        "W10.e30.AA",
    ):
        with pytest.raises(NotAuthenticated):
            identify(text)


@pytest.mark.parametrize("kid", [None, "", "../../etc/passwd", "0", "' OR 1=1 --"])
def test_a_key_is_only_ever_one_of_the_configured(
    world: World, settings: LazySettings, kid: str | None
) -> None:
    claims = jwt.decode(world.alice.jwt(), options={"verify_signature": False})
    headers = {} if kid is None else {"kid": kid}
    with pytest.raises(NotAuthenticated):
        identify(jwt.encode(claims, settings.JWT_KEY, headers=headers))


def test_a_key_can_be_replaced_without_ending_logins(world: World, settings: LazySettings) -> None:
    before = world.alice.jwt()
    settings.JWT_KEY, settings.JWT_KEY_FALLBACKS = OTHER_KEY, [settings.JWT_KEY]
    assert identify(before).user == identify(world.alice.jwt()).user == world.alice.user

    settings.JWT_KEY_FALLBACKS = []
    with pytest.raises(NotAuthenticated):
        identify(before)
