"""People and their API tokens, in Django's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.changes import tell_of_change
from accounts.forms import IssueTokenForm
from accounts.models import APIToken, APITokenQuerySet, User
from accounts.tokens import delete_tokens, revoke_tokens

admin.site.site_header = "ragws"
admin.site.site_title = "ragws"
admin.site.index_title = _("Administration")

# What makes a user more than a user: only a superuser gives it.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg] # none at run time
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        tell_of_change(users=[obj.pk])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        tell_of_change(users=[obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            tell_of_change(users=list(queryset.values_list("pk", flat=True)))
            super().delete_queryset(request, queryset)

    # Otherwise staff who may edit users could make themselves, or become, a superuser.
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if request.user.is_superuser else POWERS

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_above(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_above(request, obj)


def _is_above(request: HttpRequest, user: User | None) -> bool:
    return user is not None and user.is_superuser and not request.user.is_superuser


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, *_: Any) -> Any:
        return APIToken.State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        return queryset.in_state(state) if state in APIToken.State.values else queryset


@admin.register(APIToken)
class APITokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    list_display = ("name", "badge", "user", "code", "last_use", "expiry")
    list_filter = (StateFilter,)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username")
    fields = (
        "name",
        "user",
        "code",
        "badge",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    actions = ("revoke",)

    @admin.display(description=_("hint"), ordering="hint")
    def code(self, token: APIToken) -> SafeString:
        return format_html("<code>{}</code>", token.hint)

    @admin.display(description=_("state"))
    def badge(self, token: APIToken) -> SafeString:
        return format_html('<span class="badge {}">{}</span>', token.state, token.state.label)

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_use(self, token: APIToken) -> str | None:
        last = token.last_used_at
        return gettext("%s ago") % timesince(last) if last else None

    @admin.display(description=_("expires"), ordering="expires_at")
    def expiry(self, token: APIToken) -> str:
        return date(token.expires_at)

    @admin.action(description=_("Revoke selected API tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: APITokenQuerySet) -> None:
        alive = list(tokens.filter(revoked_at=None))
        count = revoke_tokens(tokens)
        for token in alive:
            self.log_change(request, token, "Revoked.")
        sentence = ngettext("%d API token was revoked.", "%d API tokens were revoked.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    def delete_model(self, request: HttpRequest, obj: APIToken) -> None:
        delete_tokens(APIToken.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        delete_tokens(queryset)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apitoken")

    def has_change_permission(self, request: HttpRequest, obj: APIToken | None = None) -> bool:
        """What a token is never changes. It can only be revoked."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[APIToken]:
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user=request.user.pk)

    @method_decorator([never_cache, sensitive_post_parameters()])
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The secret is part of the answer to this one request; nothing keeps it."""
        if not self.has_add_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        form = IssueTokenForm(request.POST or None, issuer=request.user)
        if not form.is_valid():
            fields = AdminForm(form, [(None, {"fields": list(form.fields)})], {}, model_admin=self)
            return self._page(
                request, "issue", form=form, adminform=fields, title=_("Issue an API token")
            )
        issued = form.issue()
        self.log_addition(request, issued.token, [{"added": {}}])
        return self._page(request, "issued", issued=issued, title=_("Your new API token"))

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return TemplateResponse(request, f"admin/accounts/apitoken/{name}.html", context)
