"""Conversations by how they were answered, and by whose they are."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models import ChatSession, Message
from core.ids import parse_id


class AnswerFilter(admin.SimpleListFilter):
    """By the status of the last answer, or by a question that has no whole answer."""

    title = _("last answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Message.Status.choices, ("unanswered", _("a question is unanswered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the sessions that the list has annotated with `answer_status`."""
        if self.value() == "unanswered":
            complete = Message.objects.filter(
                question=OuterRef("pk"), status=Message.Status.COMPLETE
            )
            questions = Message.objects.filter(session=OuterRef("pk"), role=Message.Role.USER)
            return queryset.filter(Exists(questions.filter(~Exists(complete))))
        if self.value() in Message.Status.values:
            return queryset.filter(answer_status=self.value())
        return queryset


class ChosenFilter(admin.SimpleListFilter):
    """Offers only what a link has chosen: there may be too many people to list."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value()
        return [(value, self.label_of(value))] if value else []

    def label_of(self, value: str) -> str:
        return value


class UserFilter(ChosenFilter):
    title = _("user")
    parameter_name = "user"

    def label_of(self, value: str) -> str:
        pk = parse_id(value)
        user = pk and User.objects.filter(pk=pk).first()
        return str(user) if user else value

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChatSession]
    ) -> QuerySet[ChatSession]:
        value = self.value()
        return queryset.filter(user=parse_id(value)) if value else queryset


class EndUserFilter(ChosenFilter):
    title = _("end user")
    parameter_name = "end_user"

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ChatSession]
    ) -> QuerySet[ChatSession]:
        value = self.value()
        return queryset.filter(end_user=value) if value else queryset
