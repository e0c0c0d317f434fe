"""`system/tokens`: API keys, for users who have logged in. A key is shown once: lists have its
hint."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_tokens.tokens import find_token, issue_token, revoke_tokens
from accounts.errors import TooManyTokens
from accounts.models import APIToken
from accounts.rest.api_tokens import CanManageTokens
from chat.rest.ragflow.chat_shapes import times
from chat.rest.ragflow.views import RAGFlowView, Refusal, caller, result

NAME = "RAGFlow"
MAX_TOKENS = 1000


class TokenList(RAGFlowView):
    permission_classes = (IsAuthenticated, CanManageTokens)

    def get(self, request: Request) -> Response:
        tokens = APIToken.objects.filter(user=caller(request).user, revoked_at=None)
        rows = tokens.order_by("-created_at", "pk")[:MAX_TOKENS]
        return result([_shown(row, row.hint) for row in rows])

    def post(self, request: Request) -> Response:
        try:
            issued = issue_token(caller(request).user, NAME)
        except TooManyTokens as error:
            raise Refusal(str(error)) from None
        response = result(_shown(issued.token, issued.secret))
        response["Cache-Control"] = "no-store"
        return response


class TokenDetail(RAGFlowView):
    permission_classes = (IsAuthenticated, CanManageTokens)

    def delete(self, request: Request, token: str) -> Response:
        """Revoke it; named by itself, by its hint, or by its id."""
        found = find_token(token)
        if found and found.user_id == caller(request).user.pk:
            revoke_tokens(APIToken.objects.filter(pk=found.pk))
        return result(True)


def _shown(row: APIToken, text: str) -> dict[str, Any]:
    # RAGFlow has a second secret for chats in pages of others; a ticket is for that here.
    return {
        "tenant_id": row.user_id.hex,
        "token": text,
        "beta": "",
        "dialog_id": None,
        **times(row.created_at, row.created_at),
    }
