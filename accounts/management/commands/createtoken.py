"""`createtoken`: issues an API token and prints its secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from accounts.errors import TooManyTokens
from accounts.management.token_output import issued_token_data
from accounts.management.user_lookup import user_named
from accounts.scopes import ALL_SCOPES, Scope
from core.commands import ExampleCommand, add_json_argument, json_line
from core.ids import parse_id

# A hundred years: far beyond it, dates overflow.
MOST_DAYS = 36_500


class Command(ExampleCommand):
    help = "Issues an API token and prints it alone on stdout. It cannot be shown again."
    examples = (
        'createtoken --user alice --name "report script" --days 90',
        'createtoken --user alice --name "help page" --scope chat --not-in-url',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        owner = parser.add_mutually_exclusive_group(required=True)
        owner.add_argument("--user", help="whose token it is: a user name")
        owner.add_argument("username", nargs="?", metavar="user", help="the same as --user")
        parser.add_argument("--name", default="command line", help="what it is for (%(default)s)")
        parser.add_argument("--days", type=int, help="how long it is good (default: no end)")
        parser.add_argument(
            "--scope",
            action="append",
            choices=list(map(str, Scope)),
            help="what it may do; several are given one by one (default: everything)",
        )
        parser.add_argument(
            "--dialog", action="append", default=[], help="the id of a dialog it is for; the same"
        )
        parser.add_argument(
            "--origin",
            action="append",
            default=[],
            help="an origin whose pages may use it, such as https://app.example.org; the same",
        )
        parser.add_argument(
            "--not-in-url", action="store_true", help="refuse it in an address (`?token=`)"
        )
        add_json_argument(parser, "the token and what it may do")

    def handle(self, *_: Any, name: str, days: int | None, **options: Any) -> str:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}")
        owner = user_named(options["user"] or options["username"])
        if not owner.is_active:
            raise CommandError(
                f"{owner.username!r} is not active: no token of theirs would be accepted"
            )
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        try:
            issued = issue_token(owner, name, expires_at, _rules(options))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except TooManyTokens as error:
            raise CommandError(str(error)) from None
        end = (
            "until it is revoked" if expires_at is None else f"until {expires_at:%Y-%m-%d %H:%M %Z}"
        )
        self.stderr.write(f"{issued.token} of {owner} is good {end}. It is not shown again.")
        return json_line(issued_token_data(issued)) if options["json"] else issued.secret


def _rules(options: dict[str, Any]) -> Restrictions:
    return Restrictions(
        scopes=frozenset(map(Scope, options["scope"])) if options["scope"] else ALL_SCOPES,
        dialogs=tuple(map(_dialog_id, options["dialog"])),
        origins=tuple(options["origin"]),
        allow_in_url=not options["not_in_url"],
    )


def _dialog_id(text: str) -> UUID:
    id = parse_id(text)
    if id is None:
        raise CommandError(f"{text!r} is no id of a dialog")
    return id
