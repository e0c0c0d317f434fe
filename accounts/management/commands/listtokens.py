"""`listtokens`: which API tokens there are, and what became of them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import APIToken, User


class Command(BaseCommand):
    help = """Lists API tokens: hint, state, user, name, scopes, end, last use, questions.

    Example: manage.py listtokens alice --state active"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", nargs="?", help="only this user's: a user name")
        parser.add_argument("--state", choices=APIToken.State.values, help="only those")

    def handle(self, *_: Any, user: str | None, state: str | None, **__: Any) -> None:
        tokens = APIToken.objects.select_related("user")
        if user:
            if not User.objects.filter(username=user).exists():
                raise CommandError(f"There is no user {user!r}")
            tokens = tokens.filter(user__username=user)
        if state:
            tokens = tokens.in_state(state)
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
