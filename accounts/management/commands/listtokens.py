"""`listtokens`: lists API tokens with their state and use."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.management.token_output import token_data
from accounts.management.user_lookup import user_named
from accounts.models import APIToken
from core.commands import ExampleCommand, add_json_argument, json_line


class Command(ExampleCommand):
    help = "Lists API tokens: hint, state, user, name, scopes, end, last use, questions."
    examples = ("listtokens --user alice --state active", "listtokens --json")

    def add_arguments(self, parser: CommandParser) -> None:
        owner = parser.add_mutually_exclusive_group()
        owner.add_argument("--user", help="only this user's: a user name")
        owner.add_argument("username", nargs="?", metavar="user", help="the same as --user")
        parser.add_argument("--state", choices=APIToken.State.values, help="only those")
        add_json_argument(parser, "them")

    def handle(self, *_: Any, state: str | None, **options: Any) -> None:
        tokens = APIToken.objects.select_related("user")
        if username := options["user"] or options["username"]:
            tokens = tokens.filter(user=user_named(username))
        if state:
            tokens = tokens.in_state(state)
        if options["json"]:
            self.stdout.write(json_line(list(map(token_data, tokens))))
        else:
            for token in tokens:
                self.stdout.write("  ".join(_columns(token)))
        self.stderr.write(f"{len(tokens)} API tokens")


def _columns(token: APIToken) -> list[str]:
    end = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "no end"
    last = f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
    scopes = ",".join(token.scopes)
    return [
        token.hint,
        f"{token.state:8}",
        token.user.username,
        token.name,
        scopes,
        end,
        last,
        f"{token.questions} questions",
    ]
