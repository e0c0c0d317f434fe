"""`revoketoken`: revokes an API token."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.api_tokens.tokens import revoke_tokens
from accounts.management.token_lookup import add_token_argument, token_named
from accounts.models import APIToken
from core.commands import ExampleCommand


class Command(ExampleCommand):
    help = "Revokes an API token and closes the sockets that were opened with it."
    examples = ('revoketoken "ragflow-7FqW…x3Kd"',)

    def add_arguments(self, parser: CommandParser) -> None:
        add_token_argument(parser)

    def handle(self, *_: Any, token: str, **__: Any) -> str:
        row = token_named(token)
        count = revoke_tokens(APIToken.objects.filter(pk=row.pk))
        return f"Done! Revoked {row}" if count else f"{row} was revoked before"
