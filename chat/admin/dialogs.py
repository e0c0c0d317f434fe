"""Dialogs in the admin."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat.admin.connection import ConnectionFailed, asks_a_model, try_connection
from chat.admin.forms import DialogForm
from chat.admin.model_settings_form import PREFIX, option_names
from chat.models import Dialog

# In the order of the form; the JSON has all of them where nothing can be changed.
SETTING_FIELDS = [PREFIX + name for name in option_names()]


def may_see_all_knowledge_bases(user: Any) -> bool:
    rights = ("knowledge.view_knowledgebase", "knowledge.change_knowledgebase")
    return any(user.has_perm(right) for right in rights)


@admin.register(Dialog)
class DialogAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    form = DialogForm

    class Media:
        js = ("chat/engine_fields.js",)

    list_display = ("name", "owner", "engine", "chat_id", "updated_at")
    list_filter = ("engine", "for_mini_programs")
    list_select_related = ("owner",)
    search_fields = ("name", "description", "owner__username")
    autocomplete_fields = ("owner",)
    fieldsets = (
        (None, {"fields": ("name", "description", "owner", "chat_id", "for_mini_programs")}),
        (
            _("Where answers come from"),
            {
                "fields": (
                    *("knowledge_bases", "top_n", "similarity_threshold"),
                    *("answer_threshold", "rewrites_questions"),
                )
            },
        ),
        (_("What is said"), {"fields": ("opener", "starters", "empty_response", "prompt")}),
        (
            _("Model"),
            {
                "fields": (
                    *("engine", *SETTING_FIELDS, "model_settings"),
                    *("api_key", "forget_api_key"),
                    *("detect_leaks", "stop_after_seconds_alone"),
                )
            },
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        test = self.admin_site.admin_view(require_POST(self.test_connection))
        return [path("<uuid:pk>/test/", test, name="chat_dialog_test"), *super().get_urls()]

    def test_connection(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        dialog = self.get_queryset(request).filter(pk=pk).first()
        if dialog is None:
            raise Http404
        try:
            answer = try_connection(dialog)
        except ConnectionFailed as problem:
            self.log_change(request, dialog, "connection tested: failed")
            sentence = gettext("The connection does not work: %s") % problem
            self.message_user(request, sentence, messages.ERROR)
        else:
            self.log_change(request, dialog, "connection tested: works")
            sentence = gettext("The connection works. The model says: %s") % answer
            self.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:chat_dialog_change", args=[pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if (dialog := context.get("original")) and self.has_change_permission(request, dialog):
            context["may_test"] = asks_a_model(dialog.engine)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        base = super().get_form(request, *args, **kwargs)
        see_all = may_see_all_knowledge_bases(request.user)
        seen_by = None if see_all else request.user.pk
        return type("DialogFormOfActor", (base,), {"sees_bases_of": seen_by})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A dialog that is only shown has no form: neither its fields, nor its way to leave out
        what the actor may not see."""
        shown = super().get_fieldsets(request, obj)
        is_form = obj is None or self.has_change_permission(request, obj)
        if is_form:
            return shown
        hidden = {*SETTING_FIELDS}
        if not may_see_all_knowledge_bases(request.user):
            hidden.add("knowledge_bases")
        return [
            (title, {**rest, "fields": tuple(f for f in rest["fields"] if f not in hidden)})
            for title, rest in shown
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Dialog | None = None
    ) -> tuple[str, ...]:
        # A dialog keeps its owner: its conversations and knowledge bases are the owner's.
        return ("chat_id", "owner") if obj else ("chat_id",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    @admin.display(description=_("chat id"))
    def chat_id(self, dialog: Dialog) -> str:
        if dialog._state.adding:
            return gettext("shown after saving")
        return format_html(
            '<span class="copyable"><code id="chat-{id}">{id}</code>'
            '<button type="button" class="button" data-copy="chat-{id}" data-copied="{copied}">'
            "{copy}</button></span>",
            id=dialog.pk.hex,
            copy=gettext("Copy"),
            copied=gettext("Copied"),
        )
