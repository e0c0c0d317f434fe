"""API tokens as JSON of commands: as the REST API shows them, and whose they are."""

from __future__ import annotations

from typing import Any

from accounts.api_tokens.tokens import IssuedToken
from accounts.models import APIToken
from accounts.rest.api_tokens import token_json


def token_data(token: APIToken) -> dict[str, Any]:
    return {**token_json(token), "user": token.user.username}


def issued_token_data(issued: IssuedToken) -> dict[str, Any]:
    return {**token_data(issued.token), "token": issued.secret}
