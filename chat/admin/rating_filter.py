"""Conversations by how their answers were rated."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.models import ChatSession, Message


class RatingFilter(admin.SimpleListFilter):
    title = _("rating")
    parameter_name = "rating"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Message.Rating.choices, ("commented", _("with a comment"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChatSession]
    ) -> QuerySet[ChatSession]:
        answers = Message.objects.filter(session=OuterRef("pk"))
        match self.value():
            case Message.Rating.UP | Message.Rating.DOWN as rating:
                return queryset.filter(Exists(answers.filter(rating=rating)))
            case "commented":
                return queryset.filter(Exists(answers.exclude(comment="")))
        return queryset
