"""Text that every database can store: no lone surrogate, and for PostgreSQL no NUL."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def make_storable(text: str) -> str:
    """The text with lone surrogates replaced by `?` and NULs left out."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "replace").decode().replace("\0", "")
