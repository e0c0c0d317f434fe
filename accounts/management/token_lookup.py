"""The API token that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from accounts.api_tokens.tokens import find_token
from accounts.models import APIToken


def add_token_argument(parser: CommandParser) -> None:
    parser.add_argument(
        "token", help="its hint, as `listtokens` and the admin show it, its id, or the secret"
    )


def token_named(text: str) -> APIToken:
    token = find_token(text)
    if token is None:
        raise CommandError("There is no such API token, or more than one with this hint")
    return token
