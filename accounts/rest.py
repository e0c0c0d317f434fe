"""The same door for REST. `request.auth` is the Identity."""

from __future__ import annotations

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts.authenticate import find_identity
from accounts.credentials import Credentials, read_explicit
from accounts.identity import Identity
from accounts.models import User
from accounts.origins import is_trusted
from accounts.tokens import note_use


class IdentityAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        identity = find_identity(read_credentials(request))
        if identity is None:
            return None
        if identity.credential == "cookie":
            SessionAuthentication().enforce_csrf(request)
        note_use(identity)
        return identity.user, identity

    def authenticate_header(self, request: Request) -> str:
        """With it, DRF answers 401 to whoever presented nothing; without it, 403."""
        return "Bearer"


def read_credentials(request: Request) -> Credentials:
    authorization = request.META.get("HTTP_AUTHORIZATION")
    return Credentials(
        explicit=read_explicit(
            [] if authorization is None else [authorization], request.META.get("QUERY_STRING", "")
        ),
        login_session=request.COOKIES.get(settings.SESSION_COOKIE_NAME),
        login_session_trusted=_comes_from_our_page(request),
    )


def _comes_from_our_page(request: Request) -> bool:
    """Browsers leave `Origin` out when our own page reads; writing is guarded by the CSRF token."""
    origin = request.META.get("HTTP_ORIGIN")
    return origin is None or is_trusted(origin, request.get_host())
