"""Django's admin as all our models are in it: what is done is audited, what is there not told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.audit.record import record, row_label
from accounts.models import Action

# Their names are of our generation. Others', such as a conversation's, may be what somebody asked.
NAMED = ("user", "group", "dialog", "knowledgebase")


class AuditedSite(admin.AdminSite):
    """Every model is audited, also those of libraries: nobody has to remember it."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        plain = admin_class or admin.ModelAdmin
        bases = (Audited, Discreet, plain)
        audited = type(f"Audited{plain.__name__}", bases, {"__module__": __name__})
        super().register(model_or_iterable, audited, **options)


class Discreet(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Django looks for the row first, and so says whether it exists to who may not see it.
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, *args, **kwargs)


class Audited(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(Action.ADD, row_label(obj), _name_of(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        changed = f"{_name_of(obj)} {_changes(message)}".strip()
        record(Action.CHANGE, row_label(obj), changed)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        note_deleted(queryset)
        return super().log_deletions(request, queryset)


def note_deleted(rows: Iterable[Model]) -> None:
    for row in rows:
        record(Action.DELETE, row_label(row), _name_of(row))


def _name_of(row: Model) -> str:
    return str(row) if row._meta.model_name in NAMED else ""


def _changes(message: Any) -> str:
    """The names of the fields, as Django tells them; never what is in them."""
    if isinstance(message, str):
        return message
    changed = [part["changed"].get("fields", ()) for part in message if "changed" in part]
    return json.dumps([field for fields in changed for field in fields], ensure_ascii=False)
