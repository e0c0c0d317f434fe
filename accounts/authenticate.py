"""Authentication of sockets and REST requests alike: from their credentials to an identity."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.module_loading import import_string

from accounts.api_tokens.tokens import identify_token
from accounts.credentials import Credentials
from accounts.errors import NO_CREDENTIAL, CredentialsDisagree, NotAuthenticated
from accounts.identity import Identity
from accounts.logins.login_jwt import identify_jwt
from accounts.logins.session_store import stored_key
from accounts.models import User
from accounts.origins import parse_origin
from accounts.secret_format import TOKEN_PREFIX
from accounts.tickets.tickets import use_ticket


def authenticate(credentials: Credentials) -> Identity:
    """Of a socket. Tickets are accepted here only."""
    tickets = [credentials.ticket] if credentials.ticket else []
    identities = [_identify_ticket(ticket, credentials) for ticket in tickets]
    identity = _single([*identities, *_identify_all(credentials)])
    if identity is not None:
        return identity
    if credentials.login_session and not credentials.login_session_trusted:
        raise NotAuthenticated("Pages of this `Origin` may not use the login cookie")
    raise NotAuthenticated(NO_CREDENTIAL)


def find_identity(credentials: Credentials) -> Identity | None:
    """None without credentials. All that are sent explicitly have to be valid."""
    return _single(_identify_all(credentials))


def _single(identities: Sequence[Identity]) -> Identity | None:
    if len({(identity.user.pk, identity.person_id) for identity in identities}) > 1:
        raise CredentialsDisagree("Two credentials were sent that belong to different users")
    return identities[0] if identities else None


def _identify_all(credentials: Credentials) -> list[Identity]:
    identities = [_identify(secret, credentials) for secret in dict.fromkeys(credentials.explicit)]
    if credentials.login_session and credentials.login_session_trusted:
        identities += _identify_login_session(credentials.login_session)
    return identities


def _identify_ticket(ticket: str, credentials: Credentials) -> Identity:
    identity = use_ticket(ticket)
    check_presentation(ticket, identity, credentials)
    return identity


def check_presentation(secret: str, identity: Identity, credentials: Credentials) -> None:
    """Whether this secret may be sent in an address, and from this origin."""
    if secret == credentials.in_url and not identity.allow_in_url:
        raise NotAuthenticated("This API token may not be sent in an address; use a header")
    if identity.origins:
        if parse_origin(credentials.origin or "") not in identity.origins:
            raise NotAuthenticated("This API token is not for pages of this `Origin`")
    elif settings.CLOSED_ORIGINS and not credentials.origin_trusted:
        raise NotAuthenticated("This server takes no credential from this `Origin`, or from none")


def _identify(secret: str, credentials: Credentials) -> Identity:
    is_token = secret.startswith(TOKEN_PREFIX)
    identity = identify_token(secret) if is_token else identify_jwt(secret)
    check_presentation(secret, identity, credentials)
    return identity


def _identify_login_session(key: str) -> list[Identity]:
    """Empty if it has ended: browsers go on sending the cookie of a login session that is over."""
    if not key.isalnum():
        return []
    request = HttpRequest()
    request.session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(key)
    user = get_user(request)
    if not isinstance(user, User):
        return []
    row = stored_key(key)
    expiry = Session.objects.filter(pk=row).values_list("expire_date", flat=True).first()
    return [Identity(user=user, credential="cookie", login_session=row, expires_at=expiry)]
