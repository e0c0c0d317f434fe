"""Tickets: made from a token or a login, good once, and allowing no more than their parent."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token, revoke_tokens, rotate_token
from accounts.authenticate import authenticate, find_identity
from accounts.credentials import Credentials
from accounts.errors import CredentialsDisagree, NotAuthenticated
from accounts.identity import Identity
from accounts.logins.refresh_tokens import end_logins
from accounts.models import APIToken, Login, Ticket, User
from accounts.scopes import ALL_SCOPES, Scope
from chat.models import Dialog
from tests.support.rest_client import client_of, data_of, refusal_of
from tests.support.world import World

ADDRESS = "/api/v1/auth/ticket"


def ask(client: Client, **body: Any) -> Any:
    return client.post(ADDRESS, body, content_type="application/json")


def ticket_of(client: Client, **body: Any) -> str:
    return str(data_of(ask(client, **body))["ticket"])


def jwt_client(world: World) -> Client:
    return Client(headers={"authorization": world.alice.jwt()})


def identify(ticket: str, **others: Any) -> Identity:
    return authenticate(Credentials(ticket=ticket, **others))


def test_a_ticket_identifies_the_user_of_its_token(world: World) -> None:
    response = ask(client_of(world.alice))
    assert response.headers["Cache-Control"] == "no-store"
    made = data_of(response)
    assert made["expires_in"] == 60
    identity = identify(made["ticket"])
    assert identity.user == world.alice.user
    assert identity.credential == "ticket"
    assert identity.token_id == world.alice.token_row.pk
    assert identity.scopes == ALL_SCOPES
    assert (identity.dialogs, identity.end_user, identity.expires_at) == (None, "", None)


@pytest.mark.parametrize(
    "name", [" v1 ", "v1 ", "\tv1", "v1\n", "\u3000v1", " ", "v\u200b1", "v\x7f1", "\u202ev1"]
)
def test_names_that_look_the_same_are_not_two_end_users(world: World, name: str) -> None:
    said = refusal_of(ask(client_of(world.alice), end_user=name), 400)
    assert "`end_user`" in said
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("name", ["v1", "Zoë Müller", "张\u3000伟", "a" * 64])
def test_the_name_of_an_end_user_is_kept_as_it_is(world: World, name: str) -> None:
    assert identify(ticket_of(client_of(world.alice), end_user=name)).end_user == name


def test_a_ticket_needs_a_token_or_a_login_and_an_own_dialog(world: World) -> None:
    refusal_of(ask(Client()), 401)
    refusal_of(ask(client_of(world.charlie)), 401)
    theirs = Dialog.objects.create(owner=world.bob.user, name="Theirs")
    for chat_id in (theirs.pk.hex, "0" * 32, "nonsense"):
        said = refusal_of(ask(client_of(world.alice), chat_id=chat_id), 404)
        assert said == "There is no such dialog"
    browser = Client()
    browser.force_login(world.alice.user)
    refusal_of(ask(browser), 403)


def test_it_is_good_once(world: World) -> None:
    ticket = ticket_of(client_of(world.alice))
    identify(ticket)
    with pytest.raises(NotAuthenticated, match="used before"):
        identify(ticket)


def test_it_is_good_for_a_minute(world: World) -> None:
    ticket = ticket_of(client_of(world.alice))
    Ticket.objects.update(expires_at=timezone.now())
    with pytest.raises(NotAuthenticated, match="expired"):
        identify(ticket)


def test_an_unknown_ticket_is_refused(world: World) -> None:
    with pytest.raises(NotAuthenticated, match="no such ticket"):
        identify("x" * 43)


def test_only_its_hash_is_kept(world: World) -> None:
    ticket = ticket_of(client_of(world.alice))
    assert ticket not in str(list(Ticket.objects.values()))
    assert len(ticket) == 43


def test_it_is_for_sockets_only(world: World) -> None:
    ticket = ticket_of(client_of(world.alice))
    assert find_identity(Credentials(ticket=ticket)) is None
    refusal_of(Client().get(f"/api/v1/chats?ticket={ticket}"), 401)
    assert identify(ticket)


def test_it_carries_the_requested_restrictions(world: World) -> None:
    body = {"chat_id": world.dialog.pk.hex, "end_user": "visitor 7", "scopes": ["chat", "read"]}
    identity = identify(ticket_of(jwt_client(world), **body))
    assert identity.dialogs == frozenset({world.dialog.pk})
    assert identity.end_user == "visitor 7"
    assert identity.scopes == {Scope.CHAT, Scope.READ}
    assert identity.login_id == Login.objects.get().pk


def test_it_allows_no_more_than_what_it_was_made_from(world: World) -> None:
    end, page = timezone.now() + timedelta(days=1), "https://a.example"
    restrictions = Restrictions(frozenset({Scope.READ}), (world.dialog.pk,), (page,))
    secret = issue_token(world.alice.user, "page", end, restrictions).secret
    client = Client(headers={"authorization": f"Bearer {secret}", "origin": page})
    other = Dialog.objects.create(owner=world.alice.user, name="Other")
    refusal_of(ask(client, chat_id=other.pk.hex), 404)
    assert "`chat`" in refusal_of(ask(client, scopes=["chat", "read"]), 403)

    identity = identify(ticket_of(client), origin=page)
    assert identity.scopes == {Scope.READ}
    assert identity.dialogs == frozenset({world.dialog.pk})
    assert identity.expires_at == end
    with pytest.raises(NotAuthenticated, match="`Origin`"):
        identify(ticket_of(client), origin="https://b.example")


def test_of_a_login_it_ends_when_the_jwt_does(world: World, settings: Any) -> None:
    settings.JWT_LIFETIME_S = 600
    identity = identify(ticket_of(jwt_client(world)))
    assert identity.expires_at
    assert timedelta(minutes=9) < identity.expires_at - timezone.now() <= timedelta(minutes=10)
    ticket = ticket_of(jwt_client(world))
    Ticket.objects.update(ends_at=timezone.now())
    with pytest.raises(NotAuthenticated, match="has ended"):
        identify(ticket)


def revoke(world: World) -> None:
    revoke_tokens(APIToken.objects.filter(user=world.alice.user))


def expire(world: World) -> None:
    rotate_token(world.alice.token_row, timedelta(0))


def log_out(world: World) -> None:
    end_logins(Login.objects.filter(user=world.alice.user))


def set_password(world: World) -> None:
    world.alice.user.set_password("quite another one")
    world.alice.user.save()


def deactivate(world: World) -> None:
    User.objects.filter(pk=world.alice.user.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("client", "change"),
    [
        (lambda world: client_of(world.alice), revoke),
        (lambda world: client_of(world.alice), expire),
        (lambda world: client_of(world.alice), deactivate),
        (jwt_client, log_out),
        (jwt_client, set_password),
        (jwt_client, deactivate),
    ],
)
def test_it_ends_with_what_it_was_made_from(world: World, client: Any, change: Any) -> None:
    ticket = ticket_of(client(world))
    change(world)
    with pytest.raises(NotAuthenticated):
        identify(ticket)


def test_beside_another_user_s_credential_it_is_refused(world: World) -> None:
    ticket = ticket_of(client_of(world.alice))
    with pytest.raises(CredentialsDisagree):
        identify(ticket, explicit=(world.bob.token,))


def test_beside_its_token_the_ticket_counts(world: World) -> None:
    ticket = ticket_of(client_of(world.alice), end_user="visitor")
    assert identify(ticket, explicit=(world.alice.token,)).end_user == "visitor"


@pytest.mark.parametrize(
    "body", [{"end_user": "x" * 65}, {"scopes": []}, {"scopes": ["everything"]}, {"scopes": "chat"}]
)
def test_a_wrong_body_is_a_400(world: World, body: Any) -> None:
    refusal_of(ask(client_of(world.alice), **body), 400)


def test_expired_tickets_are_cleaned_up(world: World) -> None:
    ticket_of(client_of(world.alice))
    Ticket.objects.update(expires_at=timezone.now() - timedelta(hours=2))
    ticket_of(client_of(world.alice))
    assert Ticket.objects.count() == 1
