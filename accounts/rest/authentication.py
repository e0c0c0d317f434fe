"""Authentication and permissions of the REST API. `request.auth` is the `Identity`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.api_tokens.tokens import record_use
from accounts.audit.actor import actor_of, unknown_actor
from accounts.audit.record import record_refusal
from accounts.authenticate import find_identity
from accounts.credentials import Credentials, read_credentials
from accounts.errors import LimitReached, OutOfScope
from accounts.identity import Identity
from accounts.limits import check
from accounts.limits.headers import READINGS
from accounts.limits.store import Reading
from accounts.models import User
from accounts.origins import is_trusted
from accounts.scopes import Scope, out_of_scope
from core.client_address import address_in_meta
from core.errors import AppError


class IdentityAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        identity = _identify(request)
        if identity is None:
            return None
        identity = identity.with_address(address_in_meta(request.META))
        if identity.credential == "cookie":
            SessionAuthentication().enforce_csrf(request)
        # For the middleware, which adds the rate limit headers.
        request.META[READINGS] = _check_limits(identity, request.path)
        record_use(identity, identity.address)
        return identity.user, identity

    def authenticate_header(self, request: Request) -> str:
        """With it, DRF responds 401 to a request without credentials; without it, 403."""
        return "Bearer"


def _identify(request: Request) -> Identity | None:
    credentials = None
    try:
        credentials = credentials_in(request)
        return find_identity(credentials)
    except AppError as refusal:
        actor = unknown_actor(credentials, address_in_meta(request.META))
        record_refusal(refusal, request.path, actor)
        raise


def _check_limits(identity: Identity, path: str) -> Sequence[Reading]:
    try:
        return check.check_authenticated_request(identity)
    except LimitReached as limit:
        record_refusal(limit, path, actor_of(identity, identity.address))
        raise


class HasRequiredScope(BasePermission):
    """A view names in `scopes` the scope that each method needs. Any other method needs
    `Scope.MANAGE`, and is not for end users."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, Identity):
            scopes: Mapping[str, Scope] = getattr(view, "scopes", {})
            if request.auth.end_user and request.method not in scopes:
                raise OutOfScope("This is not for end users")
            check_scope(request.auth, scopes.get(request.method or "", Scope.MANAGE))
        return True


def check_scope(identity: Identity, scope: Scope) -> None:
    if scope not in identity.scopes:
        raise OutOfScope(out_of_scope(scope))


def credentials_in(request: Request) -> Credentials:
    authorization = request.META.get("HTTP_AUTHORIZATION")
    origin = request.META.get("HTTP_ORIGIN")
    trusted = origin is not None and is_trusted(origin, request.get_host())
    return read_credentials(
        [] if authorization is None else [authorization],
        request.META.get("QUERY_STRING", ""),
        origin=origin,
        origin_trusted=trusted,
        login_session=request.COOKIES.get(settings.SESSION_COOKIE_NAME),
        # Browsers omit `Origin` when our own page reads; writing is guarded by the CSRF token.
        login_session_trusted=origin is None or trusted,
    )
