"""Finds the credentials in the headers and the URL of a request. Pure: nothing is looked up."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from accounts.errors import NotAuthenticated

MAX_CREDENTIAL_CHARS = 4096
MAX_PARAMETERS = 100
# "!" to "~": the printable characters of ASCII, without the space.
PRINTED = re.compile("[!-~]*")
PRINTED_OR_BLANK = re.compile("[!-~ \t]*")
# The prefix of an offered sub-protocol that carries a credential.
BEARER = "base64url.bearer.ragws."


@dataclass(frozen=True, slots=True)
class Credentials:
    # API tokens and login JWTs, from the header, the sub-protocols and the URL.
    explicit: tuple[str, ...] = ()
    # Good for one connection of a socket.
    ticket: str | None = None
    # The one of `explicit` that was in the URL, if any.
    in_url: str | None = None
    # The `Origin` of the page that sent it, if any, and whether that is our own or a listed one.
    origin: str | None = None
    origin_trusted: bool = False
    # The key of a Django login session, if its cookie was sent.
    login_session: str | None = None
    # Browsers add the cookie to requests of any page: it counts from trusted pages only.
    login_session_trusted: bool = False

    @property
    def only(self) -> str | None:
        """The only credential, if there is just one."""
        if self.ticket or (self.login_session and self.login_session_trusted):
            return None
        return self.explicit[0] if len(self.explicit) == 1 else None


def read_credentials(
    authorization: Sequence[str],
    query: str,
    subprotocols: Sequence[str] = (),
    origin: str | None = None,
    origin_trusted: bool = False,
    login_session: str | None = None,
    login_session_trusted: bool = False,
) -> Credentials:
    in_url = _from_query(query)
    explicit = [*_from_header(authorization), *_from_subprotocols(subprotocols), in_url["token"]]
    return Credentials(
        explicit=tuple(secret for secret in explicit if secret),
        ticket=in_url["ticket"],
        in_url=in_url["token"],
        origin=origin,
        origin_trusted=origin_trusted,
        login_session=login_session,
        login_session_trusted=login_session_trusted,
    )


def _from_header(values: Sequence[str]) -> list[str]:
    if not values:
        return []
    if len(values) > 1:
        raise NotAuthenticated("`Authorization` was sent more than once")
    _check_text("`Authorization`", values[0], PRINTED_OR_BLANK)
    match values[0].split():
        case []:
            raise NotAuthenticated("`Authorization` is empty")
        case [word] if word.lower() == "bearer":
            raise NotAuthenticated("`Authorization` has no token after `Bearer`")
        case [credential]:
            return [credential]
        case [scheme, credential] if scheme.lower() == "bearer":
            return [credential]
    raise NotAuthenticated("`Authorization` must be `Bearer <token>` or a login JWT")


def _from_subprotocols(offered: Sequence[str]) -> list[str]:
    """The only header a page can set for a socket (RFC 6455, section 4.1). It does not allow all
    characters of a JWT, hence the encoding."""
    encoded = [name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)]
    if not encoded:
        return []
    if len(encoded) > 1:
        raise NotAuthenticated("The sub-protocols have more than one token")
    try:
        credential = urlsafe_b64decode(encoded[0] + "=" * (-len(encoded[0]) % 4)).decode("ascii")
    except ValueError:
        raise NotAuthenticated("The token among the sub-protocols is not base64url") from None
    if not credential:
        raise NotAuthenticated("The token among the sub-protocols is empty")
    _check_text("The sub-protocol", credential)
    return [credential]


def _from_query(query: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {"token": None, "ticket": None}
    if not query:
        return found
    parameters = query.split("&", MAX_PARAMETERS)
    if len(parameters) > MAX_PARAMETERS:
        raise NotAuthenticated("The address has too many parameters")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name not in found:
            continue
        if found[name] is not None:
            raise NotAuthenticated(f"`{name}` was sent more than once")
        if not value:
            raise NotAuthenticated(f"`{name}` is empty")
        found[name] = text = unquote_plus(value)
        _check_text(f"`{name}`", text)
    return found


def _check_text(source: str, text: str, allowed: re.Pattern[str] = PRINTED) -> None:
    if len(text) > MAX_CREDENTIAL_CHARS:
        raise NotAuthenticated(f"{source} is longer than any credential")
    if not allowed.fullmatch(text):
        raise NotAuthenticated(f"{source} has spaces or characters that no credential has")
