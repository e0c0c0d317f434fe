"""Mini program users in Django's admin: viewed, found by their openid, and blocked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.mini_programs.people import block, find_people, unblock
from accounts.models import Person


class BlockedFilter(admin.SimpleListFilter):
    title = _("blocked")
    parameter_name = "blocked"

    def lookups(self, *_args: Any) -> Any:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.exclude(blocked_at=None)
            case "no":
                return queryset.filter(blocked_at=None)
        return queryset


class PersonAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    list_display = ("open_id", "platform", "first_seen_at", "last_seen_at", "blocked_at")
    list_filter = ("platform", BlockedFilter)
    fields = ("open_id", "platform", "end_user", "first_seen_at", "last_seen_at", "blocked_at")
    # The search is by hash, so it needs the whole openid.
    search_fields = ("open_ids__digest",)
    search_help_text = _("The whole openid")
    actions = ("block", "unblock")

    @admin.display(description="openid")
    def open_id(self, person: Person) -> SafeString:
        hints = [(open_id.hint, open_id.app_id) for open_id in person.open_ids.all()]
        return format_html_join(", ", '<code title="{1}">{0}</code>', hints)

    @admin.display(description=_("end user"))
    def end_user(self, person: Person) -> SafeString:
        return format_html("<code>{}</code>", person.end_user)

    @admin.action(description=_("Block selected mini program users"), permissions=["block"])
    def block(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        unblocked = list(people.filter(blocked_at=None))
        count = block(people)
        for person in unblocked:
            self.log_change(request, person, "Blocked.")
        sentence = ngettext("%d person was blocked.", "%d people were blocked.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    @admin.action(description=_("Let selected mini program users in again"), permissions=["block"])
    def unblock(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        blocked = list(people.exclude(blocked_at=None))
        count = unblock(people)
        for person in blocked:
            self.log_change(request, person, "Unblocked.")
        sentence = ngettext("%d person may come again.", "%d people may come again.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=find_people(search_term.strip())), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        people: QuerySet[Person] = super().get_queryset(request)
        return people.prefetch_related("open_ids")

    def has_block_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_person")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        """A blocked person who is deleted could log in again as a new one."""
        return False
