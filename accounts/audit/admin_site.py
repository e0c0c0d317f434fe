"""The admin site that audits what is done in it, for every model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.audit.admin_rules import RuledAdmin
from accounts.audit.record import record, row_label
from accounts.models import Action

# Models whose rows are named in the audit log. The name of others, such as a chat session, may be a
# question.
NAMED_MODELS = ("user", "group", "dialog", "knowledgebase")
# In the order of the index: what is worked with every day comes first. All others follow.
FIRST_APPS = ("chat", "knowledge", "accounts")
FIRST_MODELS = (
    *("ChatSession", "Dialog", "Attachment", "KnowledgeBase", "Document"),
    *("User", "Person", "APIToken", "Login", "AuditEvent"),
)


class AuditedSite(admin.AdminSite):
    """Every registered model is audited, also those of libraries."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base = admin_class or admin.ModelAdmin
        bases = (AuditedAdmin, HistoryPermissionAdmin, RuledAdmin, base)
        audited = type(f"Audited{base.__name__}", bases, {"__module__": __name__})
        super().register(model_or_iterable, audited, **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _place(model["object_name"], FIRST_MODELS))
        return sorted(apps, key=lambda app: _place(app["app_label"], FIRST_APPS))


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


class HistoryPermissionAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Django looks for the row first, and so tells users without the permission if it exists.
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, *args, **kwargs)


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record(Action.ADD, row_label(obj), _name_of(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        changed = f"{_name_of(obj)} {_changes(message)}".strip()
        record(Action.CHANGE, row_label(obj), changed)
        return super().log_change(request, obj, message)

    def log_download(self, request: HttpRequest, obj: Any) -> None:
        record(Action.READ, row_label(obj), "original")

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        record_deletions(queryset)
        return super().log_deletions(request, queryset)


def record_deletions(rows: Iterable[Model]) -> None:
    for row in rows:
        record(Action.DELETE, row_label(row), _name_of(row))


def _name_of(row: Model) -> str:
    return str(row) if row._meta.model_name in NAMED_MODELS else ""


def _changes(message: Any) -> str:
    """The names of the changed fields, as Django reports them; never their values."""
    if isinstance(message, str):
        return message
    changed = [part["changed"].get("fields", ()) for part in message if "changed" in part]
    return json.dumps([field for fields in changed for field in fields], ensure_ascii=False)
