"""Conversations in the admin: the list, notices to their followers, and the transcript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.audit.record import record, row_label
from accounts.models import Action, Person
from chat.admin.conversation_filters import AnswerFilter, EndUserFilter, UserFilter
from chat.admin.conversation_search import find_conversations
from chat.admin.forms import NoticeForm
from chat.admin.rating_filter import RatingFilter
from chat.admin.read_only import ReadOnlyAdmin
from chat.admin.token_filter import TokenFilter
from chat.admin.transcript import TEXTS, exchanges, questions_of
from chat.answers import service
from chat.answers.attachments import delete_sessions
from chat.models import ChatSession, Message
from core.broadcast import EVERYONE, session_group

QUESTIONS_PER_PAGE = 20


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnlyAdmin):
    list_display = (
        *("name", "user", "end_user", "dialog", "questions", "last_status", "ratings"),
        "updated_at",
    )
    list_filter = (
        *(AnswerFilter, RatingFilter, UserFilter, EndUserFilter, TokenFilter),
        ("dialog", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("user", "dialog")
    # Shows the field to search in; `get_search_results` says where it searches.
    search_fields = ("name",)
    search_help_text = _("In questions and answers, and in the names of users and dialogs")
    date_hierarchy = "updated_at"
    action_form = NoticeForm
    actions = ("send_notice", "send_notice_to_everyone")

    @admin.action(
        description=_("Send the notice to the followers of these conversations"),
        permissions=["notify"],
    )
    def send_notice(self, request: HttpRequest, sessions: QuerySet[ChatSession]) -> None:
        rows = {row_label(session): session_group(session.pk.hex) for session in sessions}
        self._announce(request, rows)

    @admin.action(
        description=_("Send the notice to everyone"),
        permissions=["notify"],
    )
    def send_notice_to_everyone(self, request: HttpRequest, _: QuerySet[ChatSession]) -> None:
        self._announce(request, {EVERYONE: EVERYONE})

    def has_notify_permission(self, request: HttpRequest) -> bool:
        """Who may read conversations may not yet speak in them, so it is another permission."""
        return request.user.has_perm("chat.change_chatsession")

    def _announce(self, request: HttpRequest, groups: Mapping[str, str]) -> None:
        """`groups` by what the audit log calls them."""
        notice = request.POST.get("notice", "").strip()
        if not notice:
            self.message_user(request, gettext("The notice is empty."), messages.ERROR)
            return
        for label, group in groups.items():
            record(Action.NOTICE, label, notice)
            if not async_to_sync(service.announce)(notice, group):
                self.message_user(request, gettext("The notice was not sent."), messages.ERROR)
                return
        self.message_user(request, _sent(async_to_sync(service.count_reached)(groups.values())))

    def delete_model(self, request: HttpRequest, obj: ChatSession) -> None:
        delete_sessions([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ChatSession]) -> None:
        delete_sessions(list(queryset))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ChatSession], search_term: str
    ) -> tuple[QuerySet[ChatSession], bool]:
        return find_conversations(queryset, search_term), False

    def count_dependents(self, rows: Sequence[Any]) -> dict[Any, int]:
        messages = Message.objects.filter(session__in=[row.pk for row in rows])
        return {Message._meta.verbose_name_plural: messages.count()}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatSession]:
        messages = Message.objects.filter(session=OuterRef("pk")).order_by()
        questions = messages.filter(role=Message.Role.USER)
        answers = messages.filter(role=Message.Role.ASSISTANT).order_by("-created_at")
        sessions: QuerySet[ChatSession] = super().get_queryset(request)
        return sessions.annotate(
            question_count=_count_of(questions),
            answer_status=Subquery(answers.values("status")[:1]),
            good_count=_count_of(messages.filter(rating=Message.Rating.UP)),
            bad_count=_count_of(messages.filter(rating=Message.Rating.DOWN)),
        )

    @admin.display(description=_("questions"))
    def questions(self, session: Any) -> int:
        return session.question_count or 0

    @admin.display(description=_("last answer"))
    def last_status(self, session: Any) -> SafeString | None:
        status = session.answer_status
        return status and _badge(status)

    @admin.display(description=_("ratings"))
    def ratings(self, session: Any) -> SafeString | str:
        counts = (("up", session.good_count), ("down", session.bad_count))
        return format_html_join(" ", '<span class="badge {}">{}</span>', _shown_ratings(counts))

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
        record(
            Action.READ,
            row_label(session),
            f"of {session.user.username} {session.end_user}".rstrip(),
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
            "exchanges": exchanges(session, page),
            "texts": TEXTS,
            "person": _person(request, session.end_user),
            "may_delete": self.has_delete_permission(request, session),
        }
        return TemplateResponse(request, "admin/chat/chatsession/transcript.html", context)


def _person(request: HttpRequest, end_user: str) -> Person | None:
    """The mini program user, for staff who may see them."""
    rights = ("accounts.view_person", "accounts.change_person")
    may_see = end_user and any(request.user.has_perm(right) for right in rights)
    return Person.objects.of_end_user(end_user).first() if may_see else None


def _sent(reached: int | None) -> str:
    if reached is None:
        return gettext("The notice was sent.")
    sentence = ngettext(
        "The notice was sent to %(count)d connection.",
        "The notice was sent to %(count)d connections.",
        reached,
    )
    return sentence % {"count": reached}


def _count_of(messages: QuerySet[Message]) -> Subquery:
    return Subquery(messages.values("session").annotate(n=Count("pk")).values("n"))


def _shown_ratings(counts: Iterable[tuple[str, int | None]]) -> Iterator[tuple[str, str]]:
    """Of those that were given: the class of the badge, and its text."""
    for rating, count in counts:
        if count:
            yield f"rated-{rating}", f"{count} × {Message.Rating(rating).label}"


def _badge(status: str) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', status, Message.Status(status).label)
