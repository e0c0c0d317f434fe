"""API tokens in Django's admin: issued, rotated, revoked and viewed, but never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import date
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.api_tokens.forms import IssueTokenForm, RotateTokenForm
from accounts.api_tokens.restrictions import restrictions_of
from accounts.api_tokens.tokens import IssuedToken, delete_tokens, revoke_tokens
from accounts.dialog_directory import dialog_directory
from accounts.errors import NotRotatable, TooManyTokens
from accounts.limits.admin import describe_usage, reset_usage_of_all
from accounts.limits.parties import token_party
from accounts.models import APIToken, APITokenQuerySet, User
from core.admin_links import list_link


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, *_: Any) -> Any:
        return APIToken.State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        return queryset.in_state(state) if state in APIToken.State.values else queryset


class APITokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    list_display = ("name", "badge", "user", "code", "questions", "last_use", "expiry")
    list_filter = (StateFilter,)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__username")
    fieldsets = (
        (None, {"fields": ("name", "user", "code", "badge", "replaced_by")}),
        (_("What it may do"), {"fields": ("allowed", "pages", "allow_in_url")}),
        (
            _("Use"),
            {
                "fields": (
                    "last_used_at",
                    "last_used_from",
                    "questions",
                    "model_tokens",
                    "conversations",
                    "counted",
                )
            },
        ),
        (_("Dates"), {"fields": ("created_at", "expires_at", "revoked_at")}),
    )
    actions = ("revoke", "reset_limits")
    change_form_template = "admin/accounts/apitoken/detail.html"

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

    @admin.display(description=_("scopes and dialogs"))
    def allowed(self, token: APIToken) -> str:
        names = dialog_directory().dialogs_of([token.user])
        dialogs = [names.get(id, id.hex) for id in restrictions_of(token).dialogs]
        return ", ".join(token.scopes) + " · " + (", ".join(dialogs) or gettext("all dialogs"))

    @admin.display(description=_("pages"))
    def pages(self, token: APIToken) -> str:
        return ", ".join(token.origins) or gettext("any, and programs that are no page")

    @admin.action(description=_("Revoke selected API tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: APITokenQuerySet) -> None:
        active = list(tokens.filter(revoked_at=None))
        count = revoke_tokens(tokens)
        for token in active:
            self.log_change(request, token, "Revoked.")
        sentence = ngettext("%d API token was revoked.", "%d API tokens were revoked.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    @admin.display(description=_("conversations"))
    def conversations(self, token: APIToken) -> str:
        return list_link("chat", "chatsession", _("asked with this token"), token=token.pk.hex)

    @admin.display(description=_("counts for its limits"))
    def counted(self, token: APIToken) -> str:
        return describe_usage(token_party(token))

    @admin.action(description=_("Reset the limits of selected API tokens"), permissions=["revoke"])
    def reset_limits(self, request: HttpRequest, tokens: APITokenQuerySet) -> None:
        reset_usage_of_all(self, request, [(token_party(token),) for token in tokens])

    def delete_model(self, request: HttpRequest, obj: APIToken) -> None:
        delete_tokens(APIToken.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        delete_tokens(queryset)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apitoken")

    def has_change_permission(self, request: HttpRequest, obj: APIToken | None = None) -> bool:
        """A token never changes. It can only be revoked."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[APIToken]:
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user=request.user.pk)

    @method_decorator([never_cache, sensitive_post_parameters()])
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The secret is in the response to this request only; it is not stored."""
        if not self.has_add_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        form = IssueTokenForm(request.POST or None, issuer=request.user)
        if form.is_valid():
            try:
                return self._secret_page(request, form.issue())
            except TooManyTokens as problem:
                form.add_error(None, str(problem))
        return self._form_page(
            request, form, gettext("Issue an API token"), gettext("Issue the token")
        )

    def get_urls(self) -> list[Any]:
        rotate = self.admin_site.admin_view(self.rotate_view)
        name = "accounts_apitoken_rotate"
        return [path("<path:object_id>/rotate/", rotate, name=name), *super().get_urls()]

    @method_decorator([never_cache, sensitive_post_parameters()])
    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        token = self.get_object(request, object_id)
        if token is None:
            raise Http404
        if not (self.has_add_permission(request) and self.has_revoke_permission(request)):
            raise PermissionDenied
        form = RotateTokenForm(request.POST or None)
        if form.is_valid():
            try:
                return self._secret_page(request, form.rotate(token))
            except (NotRotatable, TooManyTokens) as problem:
                form.add_error(None, str(problem))
        return self._form_page(
            request, form, gettext("Rotate %s") % token.name, gettext("Rotate the token")
        )

    def _form_page(
        self, request: HttpRequest, form: Any, title: str, label: str
    ) -> TemplateResponse:
        fields = AdminForm(form, [(None, {"fields": list(form.fields)})], {}, model_admin=self)
        return self._page(request, "issue", form=form, adminform=fields, title=title, label=label)

    def _secret_page(self, request: HttpRequest, issued: IssuedToken) -> TemplateResponse:
        self.log_addition(request, issued.token, [{"added": {}}])
        return self._page(request, "issued", issued=issued, title=_("Your new API token"))

    def _page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return TemplateResponse(request, f"admin/accounts/apitoken/{name}.html", context)
