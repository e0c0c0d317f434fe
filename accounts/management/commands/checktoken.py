"""`checktoken`: checks an API token that is read from standard input."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.api_tokens.tokens import identify_token
from accounts.errors import NotAuthenticated
from accounts.identity import Identity
from accounts.secret_format import is_token_text
from core.commands import ExampleCommand, add_json_argument, json_line


class Command(ExampleCommand):
    help = """Says whether an API token is good: its checksum, and what the database knows of it.
    The token is read from standard input, so that no history of the shell has it."""
    examples = ("checktoken < token.txt", "checktoken --offline < token.txt")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--offline", action="store_true", help="only the checksum, without the database"
        )
        add_json_argument(parser, "whether it is good, and why not")

    def handle(self, *_: Any, offline: bool, json: bool, **__: Any) -> str:
        try:
            identity = _identify(sys.stdin.readline().strip(), offline)
        except NotAuthenticated as refusal:
            if json:
                self.stdout.write(json_line({"good": False, "reason": str(refusal)}))
            raise CommandError(str(refusal)) from None
        return json_line(_data(identity)) if json else _sentence(identity)


def _identify(text: str, offline: bool) -> Identity | None:
    """None if the database was not asked."""
    if not is_token_text(text):
        raise NotAuthenticated("This is no API token: it is incomplete or mistyped")
    return None if offline else identify_token(text)


def _data(identity: Identity | None) -> dict[str, Any]:
    if identity is None:
        return {"good": True}
    end = identity.expires_at
    return {
        "good": True,
        "user": identity.user.username,
        "scopes": sorted(identity.scopes),
        "expires_at": end and round(end.timestamp() * 1000),
    }


def _sentence(identity: Identity | None) -> str:
    if identity is None:
        return "The checksum is right"
    end = f"until {identity.expires_at:%Y-%m-%d %H:%M %Z}" if identity.expires_at else "no end"
    return f"Good: it belongs to {identity.user}, {', '.join(sorted(identity.scopes))}, {end}"
