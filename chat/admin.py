"""Dialogs, conversations and uploaded files, in Django's admin."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit.journal import note, what_is
from accounts.audit.models import Action
from chat import doors
from chat.forms import DialogForm, NoticeForm
from chat.models import Attachment, ChatSession, Dialog, Message
from chat.transcript import exchanges, questions_of
from doorbell import EVERYONE, session_group

QUESTIONS_PER_PAGE = 20


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    """What people said and sent is looked at, and deleted if they ask for it; never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Dialog)
class DialogAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    form = DialogForm
    list_display = ("name", "owner", "engine", "chat_id", "updated_at")
    list_filter = ("engine", "for_mini_programs")
    list_select_related = ("owner",)
    search_fields = ("name", "description", "owner__username")
    autocomplete_fields = ("owner",)
    fieldsets = (
        (None, {"fields": ("name", "description", "owner", "chat_id", "for_mini_programs")}),
        (
            _("Where answers come from"),
            {"fields": ("knowledge_bases", "top_n", "similarity_threshold")},
        ),
        (_("What is said"), {"fields": ("opener", "empty_response", "prompt")}),
        (
            _("Model"),
            {
                "fields": (
                    *("engine", "model_settings", "api_key", "forget_api_key"),
                    *("detect_leaks", "stop_after_seconds_alone"),
                )
            },
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Dialog | None = None
    ) -> tuple[str, ...]:
        # Its conversations and knowledge bases are the owner's, so it stays theirs.
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


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "end_user", "dialog", "questions", "last_status", "updated_at")
    list_filter = ("dialog",)
    list_select_related = ("user", "dialog")
    search_fields = ("name", "user__username", "end_user", "dialog__name")
    date_hierarchy = "updated_at"
    action_form = NoticeForm
    actions = ("send_notice", "send_notice_to_everyone")

    @admin.action(description=_("Send the notice to who follows these conversations"))
    def send_notice(self, request: HttpRequest, sessions: QuerySet[ChatSession]) -> None:
        self._announce(request, [session_group(session.pk.hex) for session in sessions])

    @admin.action(description=_("Send the notice to everyone who follows a conversation"))
    def send_notice_to_everyone(self, request: HttpRequest, _: QuerySet[ChatSession]) -> None:
        self._announce(request, [EVERYONE])

    def _announce(self, request: HttpRequest, groups: list[str]) -> None:
        notice = request.POST.get("notice", "").strip()
        if not notice:
            self.message_user(request, gettext("The notice is empty."), messages.ERROR)
        elif all(async_to_sync(doors.announce)(notice, group) for group in groups):
            self.message_user(request, gettext("The notice was sent."))
        else:
            self.message_user(request, gettext("The notice was not sent."), messages.ERROR)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatSession]:
        messages = Message.objects.filter(session=OuterRef("pk")).order_by()
        questions = messages.filter(role=Message.Role.USER).values("session")
        answers = messages.filter(role=Message.Role.ASSISTANT).order_by("-created_at")
        sessions: QuerySet[ChatSession] = super().get_queryset(request)
        return sessions.annotate(
            question_count=Subquery(questions.annotate(n=Count("pk")).values("n")),
            answer_status=Subquery(answers.values("status")[:1]),
        )

    @admin.display(description=_("questions"))
    def questions(self, session: Any) -> int:
        return session.question_count or 0

    @admin.display(description=_("last answer"))
    def last_status(self, session: Any) -> SafeString | None:
        status = session.answer_status
        return status and _badge(status)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        session = self.get_object(request, object_id)
        if session is None:
            raise Http404
        note(
            Action.READ, what_is(session), f"of {session.user.username} {session.end_user}".rstrip()
        )
        page = Paginator(questions_of(session), QUESTIONS_PER_PAGE).get_page(
            request.GET.get("page")
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": session.name,
            "session": session,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "exchanges": exchanges(page),
            "may_delete": self.has_delete_permission(request, session),
        }
        return TemplateResponse(request, "admin/chat/chatsession/transcript.html", context)


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "readable_size", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    fields = ("name", "owner", "readable_size", "created_at", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        return super().get_queryset(request).defer("passages")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        response = super().change_view(request, object_id, *args, **kwargs)
        file = self.get_object(request, object_id)
        if file and response.status_code == HTTPStatus.OK:
            note(Action.READ, what_is(file))
        return response

    @admin.display(description=_("size"), ordering="size")
    def readable_size(self, attachment: Attachment) -> str:
        return filesizeformat(attachment.size)

    @admin.display(description=_("text"))
    def text(self, attachment: Attachment) -> SafeString:
        passages = ((passage["place"], passage["text"]) for passage in attachment.passages)
        return format_html_join(
            "", '<section class="passage"><h3>{}</h3><p>{}</p></section>', passages
        )


def _badge(status: str) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', status, Message.Status(status).label)
