"""The text of API tokens with its checksum, and the digest that is stored of each secret."""

import hashlib
import secrets
import string
from zlib import crc32

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
TOKEN_PREFIX = "ragflow-"  # noqa: S105 - the prefix of every API token
TOKEN_RANDOM_CHARS = 32
TOKEN_CHECKSUM_CHARS = 6


def digest(secret: str) -> str:
    """Random secrets need no salt and no slow hash: they cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_token_text() -> str:
    body = "".join(secrets.choice(BASE62) for _ in range(TOKEN_RANDOM_CHARS))
    return TOKEN_PREFIX + body + _checksum(body)


def is_token_text(text: str) -> bool:
    """Whether the checksum fits, which finds typing errors without a query."""
    body, checksum = text[len(TOKEN_PREFIX) : -TOKEN_CHECKSUM_CHARS], text[-TOKEN_CHECKSUM_CHARS:]
    return (
        text.startswith(TOKEN_PREFIX)
        and len(body) == TOKEN_RANDOM_CHARS
        and set(body) <= set(BASE62)
        and checksum == _checksum(body)
    )


def hint(token_text: str) -> str:
    """Enough to recognise a token by, too little to use it."""
    return f"{token_text[:12]}…{token_text[-4:]}"


def _checksum(body: str) -> str:
    number, text = crc32(body.encode()), ""
    for _ in range(TOKEN_CHECKSUM_CHARS):
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    return text
