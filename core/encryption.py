"""Encrypts secrets that have to be kept as they are, with a key derived from `SECRET_KEY`.

What was encrypted with a key of `SECRET_KEY_FALLBACKS` can still be read.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"ragws: secrets kept in the database"


class Undecryptable(Exception):
    """It was encrypted with another `SECRET_KEY`, or is damaged."""


def encrypt(text: str) -> str:
    return _ciphers().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Raises `Undecryptable`."""
    try:
        return _ciphers().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise Undecryptable from None


def encrypt_anew(encrypted: str) -> str:
    """The same text, encrypted with the first key. Raises `Undecryptable`."""
    return encrypt(decrypt(encrypted))


def _ciphers() -> MultiFernet:
    return MultiFernet(
        [_cipher(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


@lru_cache(maxsize=8)
def _cipher(secret: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(urlsafe_b64encode(derived))
