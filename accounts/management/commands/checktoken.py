"""`checktoken`: whether a text is an API token, and a good one."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.api_tokens.tokens import identify_token
from accounts.errors import NotAuthenticated
from accounts.secret_format import is_token_text


class Command(BaseCommand):
    help = """Says whether an API token is good: its checksum, and what the database knows of it.
    The token is read from standard input, so that no history of the shell has it.

    Example: cat token.txt | manage.py checktoken"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--offline", action="store_true", help="only the checksum, without the database"
        )

    def handle(self, *_: Any, offline: bool, **__: Any) -> str:
        text = sys.stdin.readline().strip()
        if not is_token_text(text):
            raise CommandError("This is no API token: it is incomplete or mistyped")
        if offline:
            return "The checksum is right"
        try:
            identity = identify_token(text)
        except NotAuthenticated as refusal:
            raise CommandError(str(refusal)) from None
        end = f"until {identity.expires_at:%Y-%m-%d %H:%M %Z}" if identity.expires_at else "no end"
        return f"Good: it belongs to {identity.user}, {', '.join(sorted(identity.scopes))}, {end}"
