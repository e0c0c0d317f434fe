"""Scopes: what a credential may do. Logins have all of them, an API token those it was given."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    # Ask, stop, give feedback, upload files; with `read`, regenerate.
    CHAT = "chat"
    # List, resume, follow.
    READ = "read"
    # Rename and delete.
    MANAGE = "manage"


ALL_SCOPES = frozenset(Scope)


def out_of_scope(scope: Scope) -> str:
    return f"This needs the scope `{scope}`, which the credential does not have"


def in_order(scopes: Iterable[str]) -> list[str]:
    """In the order of `Scope`, each once."""
    wanted = set(scopes)
    return [scope.value for scope in Scope if scope in wanted]
