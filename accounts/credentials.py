"""What a request or a handshake brought along to say who it is from. Pure: nothing is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from accounts.errors import NotAuthenticated

MAX_CREDENTIAL_CHARS = 4096
MAX_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class Credentials:
    # API tokens and login JWTs, the header's first.
    explicit: tuple[str, ...] = ()
    # The one of them that came in the address, if any.
    in_url: str | None = None
    # The page it was sent by, if it was a page.
    origin: str | None = None
    # The key of a Django login session, if its cookie was sent.
    login_session: str | None = None
    # Browsers add the cookie to what any page asks for: only our own pages' requests count.
    login_session_trusted: bool = False

    @property
    def only(self) -> str | None:
        """The one that decides, if there is no other to compare it with."""
        if self.login_session and self.login_session_trusted:
            return None
        return self.explicit[0] if len(self.explicit) == 1 else None


def read_credentials(
    authorization: Sequence[str],
    query: str,
    origin: str | None = None,
    login_session: str | None = None,
    login_session_trusted: bool = False,
) -> Credentials:
    """Those in the `Authorization` header and in the `token` parameter, beside the cookie's."""
    in_header, in_url = _from_header(authorization), _from_query(query)
    return Credentials(
        explicit=(*in_header, *in_url),
        in_url=in_url[0] if in_url else None,
        origin=origin,
        login_session=login_session,
        login_session_trusted=login_session_trusted,
    )


def _from_header(values: Sequence[str]) -> list[str]:
    if not values:
        return []
    if len(values) > 1:
        raise NotAuthenticated("`Authorization` was sent more than once")
    _check_text("`Authorization`", values[0], allowed=" \t")
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


def _from_query(query: str) -> list[str]:
    try:
        parameters = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise NotAuthenticated("The address has too many parameters") from None
    values = [value for name, value in parameters if name == "token"]
    if not values:
        return []
    if len(values) > 1:
        raise NotAuthenticated("`token` was sent more than once")
    if not values[0]:
        raise NotAuthenticated("`token` is empty")
    _check_text("`token`", values[0])
    return values


def _check_text(source: str, text: str, allowed: str = "") -> None:
    if len(text) > MAX_CREDENTIAL_CHARS:
        raise NotAuthenticated(f"{source} is longer than any credential")
    # From "!" to "~": what ASCII can print, without the space.
    if not all("!" <= character <= "~" or character in allowed for character in text):
        raise NotAuthenticated(f"{source} has spaces or characters that no credential has")
