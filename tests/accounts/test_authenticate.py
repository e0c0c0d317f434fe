"""Authentication by each credential, and by several at once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.api_tokens.tokens import issue_token
from accounts.authenticate import authenticate, find_identity
from accounts.credentials import Credentials
from accounts.errors import CredentialsDisagree, NotAuthenticated
from tests.support.world import Person, World


def sign_in(person: Person) -> str:
    """The value of the login cookie."""
    browser = Client()
    browser.force_login(person.user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def test_the_login_cookie_from_our_own_page_identifies_its_user(world: World) -> None:
    identity = authenticate(
        Credentials(login_session=sign_in(world.alice), login_session_trusted=True)
    )
    assert identity.user == world.alice.user
    assert identity.credential == "cookie"
    assert identity.expires_at is not None
    assert timezone.now() < identity.expires_at < timezone.now() + timedelta(days=15)


def test_from_any_other_page_the_login_cookie_is_ignored(world: World) -> None:
    cookie = sign_in(world.alice)
    with pytest.raises(NotAuthenticated, match="`Origin`"):
        authenticate(Credentials(login_session=cookie))
    # With a token of its own such a page is accepted, and the cookie is not read.
    identity = authenticate(Credentials(explicit=(world.bob.token,), login_session=cookie))
    assert identity.user == world.bob.user


@pytest.mark.parametrize("how", ["log out", "new password", "deactivate"])
def test_a_login_session_that_has_ended_identifies_nobody(world: World, how: str) -> None:
    browser, user = Client(), world.alice.user
    browser.force_login(user)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    match how:
        case "log out":
            browser.logout()
        case "new password":
            user.set_password("quite another one")
        case "deactivate":
            user.is_active = False
    user.save()

    over = Credentials(login_session=cookie, login_session_trusted=True)
    assert find_identity(over) is None
    with pytest.raises(NotAuthenticated):
        authenticate(over)
    # Browsers send it anyway: it must not invalidate a valid token.
    both = Credentials((world.bob.token,), login_session=cookie, login_session_trusted=True)
    assert authenticate(both).user == world.bob.user


@pytest.mark.parametrize("cookie", ["", "x", "no-such-login", "\x00" * 32, "é" * 32, "x" * 9000])
def test_any_other_cookie_identifies_nobody(world: World, cookie: str) -> None:
    assert find_identity(Credentials(login_session=cookie, login_session_trusted=True)) is None


def test_credentials_of_two_users_are_refused(world: World) -> None:
    alice, bob = world.alice, world.bob
    for credentials in (
        Credentials((alice.token, bob.token)),
        Credentials((alice.token, bob.jwt())),
        Credentials((alice.token,), login_session=sign_in(bob), login_session_trusted=True),
    ):
        with pytest.raises(CredentialsDisagree, match="different users"):
            authenticate(credentials)


def test_credentials_of_one_user_agree_and_the_first_counts(world: World) -> None:
    alice = world.alice
    other = issue_token(alice.user, "other")
    cookie = sign_in(alice)
    identity = authenticate(
        Credentials((other.secret, alice.token), login_session=cookie, login_session_trusted=True)
    )
    assert identity.token_id == other.token.id


def test_a_bad_credential_is_not_made_good_by_another(world: World) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(Credentials((world.alice.token, "nonsense")))
    with pytest.raises(NotAuthenticated):
        authenticate(
            Credentials(
                ("nonsense",), login_session=sign_in(world.alice), login_session_trusted=True
            )
        )


def test_without_credentials_the_error_says_what_to_send() -> None:
    assert find_identity(Credentials()) is None
    with pytest.raises(NotAuthenticated, match="Authorization: Bearer"):
        authenticate(Credentials())


def test_a_token_or_a_jwt_costs_one_query(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        authenticate(Credentials((world.alice.token,)))
    text = world.alice.jwt()
    with django_assert_num_queries(1):
        authenticate(Credentials((text,)))
