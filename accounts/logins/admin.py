"""Logins of programs in Django's admin: read-only, with an action that ends them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.logins.refresh_tokens import end_logins
from accounts.models import Login


class LoginAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    list_display = ("user", "person", "created_at", "expires_at", "ended_at")
    list_select_related = ("user", "person")
    search_fields = ("user__username",)
    fields = ("user", "person", "created_at", "expires_at", "ended_at")
    actions = ("end",)

    @admin.action(description=_("End selected logins"), permissions=["end"])
    def end(self, request: HttpRequest, logins: QuerySet[Login]) -> None:
        active = list(logins.filter(ended_at=None))
        count = end_logins(logins)
        for login in active:
            self.log_change(request, login, "Ended.")
        sentence = ngettext("%d login was ended.", "%d logins were ended.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_login")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Login | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Login | None = None) -> bool:
        """Logins are ended instead, which closes their open sockets."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Login]:
        logins = super().get_queryset(request)
        return logins if request.user.is_superuser else logins.filter(user=request.user.pk)
