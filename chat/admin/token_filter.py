"""Conversations by the API token with which something was asked in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import APIToken
from chat.models import ChatSession, Message
from core.ids import parse_id

# The tokens that were used last; others are reached by links from their pages.
MAX_TOKENS = 30


class TokenFilter(admin.SimpleListFilter):
    title = _("API token")
    parameter_name = "token"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        tokens = APIToken.objects.exclude(last_used_at=None).order_by("-last_used_at")
        return [(token.pk.hex, token.name) for token in tokens[:MAX_TOKENS]]

    def has_output(self) -> bool:
        """Also without a list: a link may name a token that is not in it."""
        return True

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChatSession]
    ) -> QuerySet[ChatSession]:
        value = self.value()
        if not value:
            return queryset
        asked = Message.objects.filter(session=OuterRef("pk"), token=parse_id(value)).order_by()
        return queryset.filter(Exists(asked)) if parse_id(value) else queryset.none()
