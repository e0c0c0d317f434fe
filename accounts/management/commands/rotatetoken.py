"""`rotatetoken`: replaces an API token by a new one; both are good for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.api_tokens.tokens import rotate_token
from accounts.errors import NotRotatable, TooManyTokens
from accounts.management.token_lookup import add_token_argument, token_named
from accounts.management.token_output import issued_token_data
from core.commands import ExampleCommand, add_json_argument, json_line

MOST_HOURS = 24 * 365


class Command(ExampleCommand):
    help = "Issues a token in the place of another and prints it alone on stdout."
    examples = ('rotatetoken "ragflow-7FqW…x3Kd" --overlap-hours 24',)

    def add_arguments(self, parser: CommandParser) -> None:
        add_token_argument(parser)
        parser.add_argument(
            "--overlap-hours",
            type=float,
            default=24,
            help="how long the old secret stays good (%(default)s)",
        )
        add_json_argument(parser, "the token and what it may do")

    def handle(self, *_: Any, token: str, overlap_hours: float, json: bool, **__: Any) -> str:
        if not 0 <= overlap_hours <= MOST_HOURS:
            raise CommandError(f"--overlap-hours must be from 0 to {MOST_HOURS}")
        row = token_named(token)
        try:
            issued = rotate_token(row, timedelta(hours=overlap_hours))
        except (NotRotatable, TooManyTokens) as problem:
            raise CommandError(str(problem)) from None
        self.stderr.write(f"{issued.token} replaces {row}. It is not shown again.")
        return json_line(issued_token_data(issued)) if json else issued.secret
