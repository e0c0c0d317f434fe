"""Login JWTs: issued to a program that has logged in, and valid for some minutes."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.models import Login
from core.ids import new_id, parse_id

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "ragws"
REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid", "stamp"]
# The clocks of machines that share the keys may differ a little.
LEEWAY_S = 5

_jwt = jwt.PyJWT({"require": REQUIRED, "enforce_minimum_key_length": True})


@dataclass(frozen=True, slots=True)
class IssuedJWT:
    text: str
    lifetime_s: int


def issue_jwt(login: Login) -> IssuedJWT:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": login.user.pk.hex,
        "sid": login.pk.hex,
        "jti": new_id().hex,
        "iat": now,
        "nbf": now,
        "exp": now + settings.JWT_LIFETIME_S,
        "stamp": login.current_stamp,
    }
    key = settings.JWT_KEY
    text = _jwt.encode(claims, key, ALGORITHM, headers={"kid": key_id(key)})
    return IssuedJWT(text, settings.JWT_LIFETIME_S)


def identify_jwt(text: str) -> Identity:
    claims = _read(text)
    login = _find_login(claims)
    if not login or not hmac.compare_digest(str(claims["stamp"]), login.current_stamp):
        raise NotAuthenticated("This login has ended; log in again")
    return identity_of_login(login, datetime.fromtimestamp(claims["exp"], UTC))


def identity_of_login(login: Login, expires_at: datetime) -> Identity:
    return Identity(
        user=login.user,
        credential="jwt",
        hint=login.pk.hex[:8],
        login_id=login.pk,
        person_id=login.person_id,
        dialogs=None if login.dialogs is None else frozenset(map(UUID, login.dialogs)),
        end_user=login.person.end_user if login.person else "",
        expires_at=expires_at,
    )


def _find_login(claims: dict[str, Any]) -> Login | None:
    login_id, user_id = (parse_id(str(claims[name])) for name in ("sid", "sub"))
    if not login_id or not user_id:
        return None
    logins = Login.objects.select_related("user", "person")
    good = logins.filter(user=user_id, user__is_active=True, person__blocked_at=None)
    return good.filter(pk=login_id, ended_at=None).first()


def key_id(key: str) -> str:
    """Names a key in a JWT's header without revealing it."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _read(text: str) -> dict[str, Any]:
    try:
        key = _keys()[jwt.get_unverified_header(text)["kid"]]
        return _jwt.decode(
            text, key, [ALGORITHM], issuer=ISSUER, audience=AUDIENCE, leeway=LEEWAY_S
        )
    except jwt.ExpiredSignatureError:
        raise NotAuthenticated("The login JWT has expired; log in again") from None
    except (jwt.PyJWTError, KeyError):
        raise NotAuthenticated(
            "The credential is neither an API token nor a valid login JWT"
        ) from None


def _keys() -> dict[str, str]:
    """The key that signs, and older ones that are still accepted, by the `kid` that names them."""
    return {key_id(key): key for key in (settings.JWT_KEY, *settings.JWT_KEY_FALLBACKS)}
