"""The audit log in Django's admin, read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent


class AuditEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    list_display = ("at", "badge", "who", "address", "code", "what", "detail", "times")
    list_filter = ("action", "at")
    search_fields = ("username", "end_user", "address", "credential", "what", "detail")
    search_help_text = _("A name, an address, the hint of a token, or the id of what it was about")
    date_hierarchy = "at"
    list_per_page = 50
    # Counting all rows takes longer than showing a page.
    show_full_result_count = False
    # There is no action on rows that are read-only.
    actions = None

    @admin.display(description=_("action"), ordering="action")
    def badge(self, event: AuditEvent) -> SafeString:
        label = event.get_action_display()
        return format_html('<span class="badge {}">{}</span>', event.action, label)

    @admin.display(description=_("who"), ordering="username")
    def who(self, event: AuditEvent) -> str:
        return " · ".join(part for part in (event.username, event.end_user) if part)

    @admin.display(description=_("credential"), ordering="credential")
    def code(self, event: AuditEvent) -> SafeString:
        return format_html("<code>{}</code>", event.credential)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
